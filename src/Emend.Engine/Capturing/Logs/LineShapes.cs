using System.Collections.Immutable;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Capturing.Logs;

/// <summary>The three kinds of lines.</summary>
internal static class LineShapes
{
    private static readonly string[] DecisionMembers = ["id", "occurredAt", "agent", "taskType", "input", "features", "proposed", "confidence", "subject", "correlationId"];
    private static readonly string[] CorrectionMembers = ["decisionId", "verdict", "action", "args", "reason", "comment", "by", "at", "idempotencyKey"];
    private static readonly string[] OutcomeMembers = ["decisionId", "metric", "value", "action", "args", "at"];
    private static readonly string[] Verdicts = ["confirm", "modify", "escalate", "reject"];

    public static Decision? Decision(ref LineParser line)
    {
        uint seen = 0;
        string? id = null, agent = null, taskType = null, input = null, subject = null, correlation = null;
        long? at = null;
        double? confidence = null;
        AgentAction? proposed = null;
        ImmutableArray<Feature> features = [];
        while (line.NextMember())
        {
            if (line.Is("id"u8)) { if (line.Once(ref seen, 0, "id")) id = line.Name("id", pooled: false); }
            else if (line.Is("occurredAt"u8)) { if (line.Once(ref seen, 1, "occurredAt")) at = line.Instant("occurredAt"); }
            else if (line.Is("agent"u8)) { if (line.Once(ref seen, 2, "agent")) agent = line.Name("agent"); }
            else if (line.Is("taskType"u8)) { if (line.Once(ref seen, 3, "taskType")) taskType = line.Name("taskType"); }
            else if (line.Is("input"u8)) { if (line.Once(ref seen, 4, "input")) input = line.Text("input"); }
            else if (line.Is("features"u8)) { if (line.Once(ref seen, 5, "features")) features = line.Features("features"); }
            else if (line.Is("proposed"u8)) { if (line.Once(ref seen, 6, "proposed")) proposed = Proposed(ref line); }
            else if (line.Is("confidence"u8))
            {
                if (line.Once(ref seen, 7, "confidence") && line.Number("confidence") is { } given)
                {
                    if (given is >= 0 and <= 1) confidence = given;
                    else line.Add("confidence", "out-of-range", $"is {CanonicalJson.Number(given)}", "give a probability from 0 to 1, or null");
                }
            }
            else if (line.Is("subject"u8)) { if (line.Once(ref seen, 8, "subject")) subject = line.Name("subject", pooled: false); }
            else if (line.Is("correlationId"u8)) { if (line.Once(ref seen, 9, "correlationId")) correlation = line.Name("correlationId", pooled: false); }
            else line.Unknown("", DecisionMembers);
        }
        line.Close();
        line.Require(id is not null, seen, 0, "id", "give every decision an id of its own");
        line.Require(at is not null, seen, 1, "occurredAt", "say when the agent decided, e.g. 2025-11-03T08:02:59Z");
        line.Require(agent is not null, seen, 2, "agent", "name the agent that decided");
        line.Require(proposed is not null, seen, 6, "proposed", "say what the agent proposed, e.g. {\"action\":\"refund\"}");
        return !line.IsClean ? null : new()
        {
            Id = id!,
            OccurredAt = at!.Value,
            Agent = agent!,
            Context = Context.OfSorted(features, taskType, input),
            Proposed = proposed!,
            Confidence = confidence,
            Subject = subject,
            CorrelationId = correlation,
        };
    }

    public static Correction? Correction(ref LineParser line)
    {
        uint seen = 0;
        string? decision = null, verdictName = null, label = null, reason = null, comment = null, by = null, key = null;
        long? at = null;
        ActionArgs? args = null;
        while (line.NextMember())
        {
            if (line.Is("decisionId"u8)) { if (line.Once(ref seen, 0, "decisionId")) decision = line.Name("decisionId", pooled: false); }
            else if (line.Is("verdict"u8)) { if (line.Once(ref seen, 1, "verdict")) verdictName = line.Name("verdict"); }
            else if (line.Is("action"u8)) { if (line.Once(ref seen, 2, "action")) label = line.Name("action"); }
            else if (line.Is("args"u8)) { if (line.Once(ref seen, 3, "args")) args = line.Args("args"); }
            else if (line.Is("reason"u8)) { if (line.Once(ref seen, 4, "reason")) reason = line.Name("reason"); }
            else if (line.Is("comment"u8)) { if (line.Once(ref seen, 5, "comment")) comment = line.Text("comment"); }
            else if (line.Is("by"u8)) { if (line.Once(ref seen, 6, "by")) by = line.Name("by"); }
            else if (line.Is("at"u8)) { if (line.Once(ref seen, 7, "at")) at = line.Instant("at"); }
            else if (line.Is("idempotencyKey"u8)) { if (line.Once(ref seen, 8, "idempotencyKey")) key = line.Name("idempotencyKey", pooled: false); }
            else line.Unknown("", CorrectionMembers);
        }
        line.Close();
        line.Require(decision is not null, seen, 0, "decisionId", "name the decision that was judged");
        line.Require(verdictName is not null, seen, 1, "verdict", "say confirm, modify, escalate or reject");
        line.Require(by is not null, seen, 6, "by", "say who judged, by a stable handle");
        line.Require(at is not null, seen, 7, "at", "say when, e.g. 2025-11-03T08:10:00Z");
        var verdict = (CorrectionVerdict)Array.IndexOf(Verdicts, verdictName);
        if (verdictName is not null && !Enum.IsDefined(verdict))
            line.Add("verdict", "unknown-verdict", "is none of confirm, modify, escalate, reject", Closest.Hint(verdictName, Verdicts) + "use one of the four", column: 1);
        else if (verdictName is not null)
        {
            if (verdict == CorrectionVerdict.Modify) line.Require(label is not null, seen, 2, "action", "say which action is right; use verdict reject when none is known");
            else if (label is not null || args is { IsEmpty: false })
                line.Add(label is null ? "args" : "action", "not-for-verdict", $"does not go with verdict {verdictName}", "use verdict modify to say what is right, or leave it out", column: 1);
        }
        return !line.IsClean ? null : CorrectionId.Sign(new()
        {
            Id = "",
            Key = key,
            DecisionId = decision!,
            Verdict = verdict,
            Action = verdict == CorrectionVerdict.Modify ? new(label!, args ?? ActionArgs.None) : null,
            Reason = reason,
            Comment = comment,
            By = by!,
            At = at!.Value,
        });
    }

    public static Outcome? Outcome(ref LineParser line)
    {
        uint seen = 0;
        string? decision = null, metric = null, label = null;
        double? value = null;
        long? at = null;
        ActionArgs? args = null;
        while (line.NextMember())
        {
            if (line.Is("decisionId"u8)) { if (line.Once(ref seen, 0, "decisionId")) decision = line.Name("decisionId", pooled: false); }
            else if (line.Is("metric"u8)) { if (line.Once(ref seen, 1, "metric")) metric = line.Name("metric"); }
            else if (line.Is("value"u8)) { if (line.Once(ref seen, 2, "value")) value = line.Number("value"); }
            else if (line.Is("action"u8)) { if (line.Once(ref seen, 3, "action")) label = line.Name("action"); }
            else if (line.Is("args"u8)) { if (line.Once(ref seen, 4, "args")) args = line.Args("args"); }
            else if (line.Is("at"u8)) { if (line.Once(ref seen, 5, "at")) at = line.Instant("at"); }
            else line.Unknown("", OutcomeMembers);
        }
        line.Close();
        line.Require(decision is not null, seen, 0, "decisionId", "name the decision");
        line.Require(metric is not null, seen, 1, "metric", "name the metric, e.g. truth, reopened, csat");
        line.Require(at is not null, seen, 5, "at", "say when, e.g. 2025-11-03T09:00:00Z");
        if (metric == Normalizing.Outcome.Truth)
        {
            line.Require(label is not null, seen, 3, "action", "metric truth names the action that was right");
            if (value is not null) line.Add("value", "not-for-metric", "does not go with metric truth", "give action, or another metric", column: 1);
        }
        else if (metric is not null)
        {
            line.Require(value is not null, seen, 2, "value", "give the metric's number; 1 and 0 for yes and no");
            if (label is not null || args is { IsEmpty: false }) line.Add("action", "not-for-metric", "goes with metric truth only", "leave it out, or use metric truth", column: 1);
        }
        return !line.IsClean ? null : new()
        {
            DecisionId = decision!,
            Metric = metric!,
            Value = value,
            Action = label is null ? null : new(label, args ?? ActionArgs.None),
            At = at!.Value,
        };
    }

    private static AgentAction? Proposed(ref LineParser line)
    {
        if (!line.OpensObject("proposed")) return null;
        uint seen = 0;
        string? label = null;
        ActionArgs? args = ActionArgs.None;
        while (line.NextMember())
        {
            if (line.Is("action"u8)) { if (line.Once(ref seen, 0, "proposed.action")) label = line.Name("proposed.action"); }
            else if (line.Is("args"u8)) { if (line.Once(ref seen, 1, "proposed.args")) args = line.Args("proposed.args"); }
            else line.Unknown("proposed", "action", "args");
        }
        line.Require(label is not null, seen, 0, "proposed.action", "name the action the agent proposed");
        return label is null || args is null ? new("?") : new(label, args);
    }
}
