using Emend.Engine.Access;
using System.Collections.Immutable;
using Emend.Engine.Capturing;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Emend.Engine.Trust;
using Emend.Logic;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Reviewing;

/// <summary>There is no such decision.</summary>
internal sealed record DecisionIsUnknown(string Id) : Refusal("review.decision-unknown", $"decision '{Id}' has not been accepted; check its id, or import it first");

/// <summary>Nobody corrected the decision.</summary>
internal sealed record NothingToRuleOn(string Id) : Refusal("review.nothing-to-rule-on", $"decision '{Id}' has no standing correction and was not drawn for review; send a correction instead");

/// <summary>A person may not rule on what they submitted.</summary>
internal sealed record OwnCorrection(string By) : Refusal("review.own-correction", $"'{By}' submitted a correction of this decision and cannot rule on it; ask somebody else");

/// <summary>Policies do not rule in place of people.</summary>
internal sealed record RulerIsNoPerson(string By) : Refusal("review.ruler-is-no-person", $"'{By}' is no person; a person rules");

/// <summary>The ruling itself is not complete or not allowed.</summary>
internal sealed record RulingIsWrong(string Problem) : Refusal("review.ruling-wrong", Problem);

/// <summary>A person rules what was right. Prevails over policy while every correction it considered stands.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Verdict">Confirm (the proposal was right), modify (another action was), or reject (it was wrong, no better is known).</param>
/// <param name="Action">The right action, for modify.</param>
/// <param name="Why">The reason, for people.</param>
/// <param name="By">Who rules.</param>
internal sealed record RecordRuling(string DecisionId, CorrectionVerdict Verdict, AgentAction? Action, string Why, Actor By)
{
    /// <summary>Refuses, or gives the corrections that are considered.</summary>
    /// <param name="signals">What was said so far; null when the decision is not known.</param>
    /// <param name="agent">The agent.</param>
    /// <param name="ask">The ruling.</param>
    /// <param name="by">Pseudonym of who rules.</param>
    /// <param name="isGold">Whether the answer is known: people are asked to be measured, and nobody is told.</param>
    internal static Answer<ImmutableArray<string>> Decide(Signals? signals, AgentDefinition agent, RecordRuling ask, Guid by, bool isGold = false)
    {
        if (signals is null) return new DecisionIsUnknown(ask.DecisionId);
        if (ask.By.IsPolicy || ask.By.IsService) return new RulerIsNoPerson(ask.By.Name);
        if (string.IsNullOrWhiteSpace(ask.Why)) return new RulingIsWrong("a ruling says why; give the reason");
        if (ask.Verdict == CorrectionVerdict.Escalate) return new RulingIsWrong("a ruling decides; use confirm, modify or reject");
        if (ask.Verdict == CorrectionVerdict.Modify && ask.Action is null) return new RulingIsWrong("modify needs the right action; use reject when none is known");
        if (ask.Verdict != CorrectionVerdict.Modify && ask.Action is not null) return new RulingIsWrong("only modify names an action");
        if (ask.Action is { } action && !agent.Knows(action.Label))
            return new RulingIsWrong($"action '{action.Label}' is not in the catalogue of agent '{agent.Id}'; {Closest.Hint(action.Label, agent.Actions)}choose a known action, or add it to the agent");
        var last = Standing.LastWords(signals.Corrections);
        if (last.IsEmpty && signals.Audit is null && !isGold) return new NothingToRuleOn(ask.DecisionId);
        // Whoever takes part in a dispute does not settle it, and whoever wrote the evidence does not approve it.
        if (last.Any(c => c.By == by)) return new OwnCorrection(ask.By.Name);
        return last.Select(static c => c.Id).ToImmutableArray();
    }
}

/// <summary>Records rulings.</summary>
internal sealed class RecordRulingHandler(IWorkspaceStore store, Agents agents, TimeProvider clock)
{
    /// <summary>Records. Safe to retry: a second ruling of the same person prevails over the first.</summary>
    public async Task<Answer<Standing>> HandleAsync(RecordRuling ask, CancellationToken cancel)
    {
        using var activity = ReviewingTelemetry.Source.StartActivity("record ruling");
        if (ask.By.Lacks(Permission.ReviewDecide) is { } no) return no;
        var by = store.PrincipalOf(ask.By.Name);
        while (true)
        {
            var (signals, agent, isGold) = store.Read(connection => Load(connection, ask.DecisionId));
            var decision = RecordRuling.Decide(signals, agent, ask, by, isGold);
            if (decision is not Answer<ImmutableArray<string>>.Granted(var considered))
            {
                var why = ((Answer<ImmutableArray<string>>.Refused)decision).Why;
                ReviewingTelemetry.Ruled(why);
                return why;
            }
            var at = FeatureValue.UnixMicroseconds(clock.GetUtcNow());
            var mark = ask.Action is { Args.IsEmpty: false } action ? store.Mark(ask.DecisionId, action.Args.Json) : null;
            var subject = store.Record(signals!.Decision.At.Entry, signals.Decision.At.Position).Subject;
            var draft = store.Seal(new()
            {
                Type = VerdictRecord.Type,
                Actor = ask.By,
                OccurredAt = at,
                Records = [VerdictRecord.Write(ask, by, at, considered, subject, mark)],
            });
            var standing = await store.WriteAsync(
                work =>
                {
                    var now = SignalRows.All(work.Command(SignalSql.CorrectionsOf).Bind("@decision", ask.DecisionId), SignalRows.Correction);
                    if (!Standing.LastWords([.. now]).Select(static c => c.Id).SequenceEqual(considered, StringComparer.Ordinal)) return null;
                    work.Append(draft);
                    return SignalRows.All(work.Command(ReviewSql.Ruling).Bind("@decision", ask.DecisionId), ReviewProjection.Row)[0].Standing;
                },
                cancel).ConfigureAwait(false);
            // Null: somebody said something meanwhile. Decide again on what is known now.
            if (standing is null) continue;
            ReviewingTelemetry.Ruled(null);
            return standing;
        }
    }

    private (Signals?, AgentDefinition, bool) Load(SqliteConnection connection, string id)
    {
        var signals = SignalsOf.Read(connection, id);
        var isGold = SignalRows.All(connection, TrustSql.IsGold, "@decision", id, static row => row.GetInt64(0)).Count > 0;
        return (signals, (signals is null ? null : agents.Find(connection, signals.Decision.Agent).Agent) ?? new() { Id = signals?.Decision.Agent ?? "" }, isGold);
    }
}
