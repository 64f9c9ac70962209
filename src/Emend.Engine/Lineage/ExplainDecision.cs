using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Reviewing;
using Emend.Engine.Serving;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Lineage;

/// <summary>
/// Says of one decision why the final action was what it was: what decided, what it looked at, which bundle it is part of, who let that through, and
/// whose corrections it stands on. Everything is read from the journal as it was recorded; only the values a condition met are computed again.
/// </summary>
internal sealed class ExplainDecision(Decisions decisions, Agents agents, Exposures exposures, ReleaseLedger ledger, TraceLineage lineage, GuidanceExposures guidance)
{
    private const int NamedPeople = 8;

    /// <summary>Explains.</summary>
    /// <param name="id">The decision.</param>
    /// <param name="isClear">Whether values of personal features may be shown.</param>
    public Answer<DecisionExplanation> Of(string id, bool isClear)
    {
        if (decisions.Find(id) is not { } known) return new DecisionIsUnknown(id);
        var decision = known.Decision;
        var explained = new DecisionExplanation
        {
            Decision = id,
            Agent = decision.Agent,
            At = decision.OccurredAt,
            Proposed = decision.Proposed.Label,
            Outcome = "not-served",
            Guidance = guidance.Of(id),
            Truth = known.Truth?.Label,
            ProposalWasWrong = known.IsWrong,
            DrawnWith = known.IsAudited ? known.AuditShare : null,
        };
        if (exposures.Recorded([id]).FirstOrDefault() is { } served) explained = Served(explained, served, known, isClear);
        return explained with { Text = [.. ExplanationText.Of(explained)] };
    }

    private DecisionExplanation Served(DecisionExplanation explained, RecordedServing served, KnownDecision known, bool isClear)
    {
        var exposure = exposures.Find(served.Decision)!;
        explained = explained with
        {
            Final = served.Action,
            Outcome = served.Disposition switch { Disposition.Keep => "kept", Disposition.Block => "blocked", Disposition.Escalate => "escalated", _ => "changed" },
            Cause = served.Cause switch { Cause.KillSwitch => "kill-switch", Cause.None => "none", var cause => cause.ToString().ToLowerInvariant() },
            CauseId = served.Rule,
            Bundle = served.Bundle,
            Release = exposure.Release,
            Arm = exposure.Release is null ? null : string.Create(CultureInfo.InvariantCulture, $"{exposure.Arm.ToString().ToLowerInvariant()} at {exposure.ShareBp / 100.0:0.##} %"),
        };
        if (served.Bundle is not { } digest || ledger.Bundle(digest) is not { } bundle) return explained;
        explained = Bundle(explained, digest) with
        {
            Because = served.Cause switch
            {
                Cause.Rule => bundle.Rules.FirstOrDefault(r => string.Equals(r.Id, served.Rule, StringComparison.Ordinal))?.Because,
                Cause.Guardrail => bundle.Guardrails.FirstOrDefault(g => string.Equals(g.Id, served.Rule, StringComparison.Ordinal))?.Because,
                _ => null,
            },
            Certificate = served.Cause == Cause.Corrector ? CertificateOf(bundle) : null,
            Predicates = known.IsErased ? [] : Met(bundle, served, known.Decision, isClear),
        };
        return served.Cause is Cause.Rule or Cause.Guardrail or Cause.Corrector ? People(explained) : explained;
    }

    private DecisionExplanation Bundle(DecisionExplanation explained, string digest)
    {
        if (ledger.Candidate(digest) is not { } candidate) return explained;
        return explained with
        {
            Author = ledger.NameOf(candidate.Author),
            Approvers = [.. candidate.Approvals.Select(approval => ledger.NameOf(approval.By)).Distinct(StringComparer.Ordinal)],
            Gates = ledger.Report(digest) is { } report ? GatesOf(report) : [],
        };
    }

    // The values a condition met: the same condition, asked again of the same case.
    private ImmutableArray<MetPredicate> Met(Bundle bundle, RecordedServing served, Decision decision, bool isClear)
    {
        if (served.Cause is not (Cause.Rule or Cause.Guardrail)) return [];
        var schema = agents.Find(decision.Agent)?.Schema ?? ContextSchema.Open;
        var why = Explanation.Of(Evaluator.Compile(bundle), new(decision.Context, decision.Proposed, decision.Confidence, decision.OccurredAt));
        // A clock between client and server, or a rule that expired in between: what was recorded counts, and no value is shown for it.
        if (why.Verdict.Cause != served.Cause || !string.Equals(why.CauseId, served.Rule, StringComparison.Ordinal)) return [];
        return [.. why.Predicates.Select(p => new MetPredicate(p.Text, p.Actual.Kind == FeatureKind.Missing || !isClear && IsPersonal(p.Operand, schema) ? null : CanonicalJson.Text(p.Actual), p.Holds))];
    }

    private static bool IsPersonal(Operand operand, ContextSchema schema) => operand.Kind switch
    {
        OperandKind.Feature => (schema.Find(operand.Name)?.Class ?? FieldClass.Personal) >= FieldClass.Personal,
        OperandKind.ProposedArgument or OperandKind.Case or OperandKind.Text => true,
        _ => false,
    };

    private DecisionExplanation People(DecisionExplanation explained)
    {
        if (lineage.Of(explained.Decision) is not Answer<LineageGraph>.Granted(var graph)) return explained;
        var corrections = graph.Nodes.Where(static node => node.Kind == LineageKind.Correction).ToList();
        // What was said of this very decision came after it.
        var behind = corrections.Where(node => !graph.Edges.Any(edge => edge.Relation == LineageRelation.DerivedFrom && string.Equals(edge.To, node.Key, StringComparison.Ordinal) && string.Equals(edge.From, "decision/" + explained.Decision, StringComparison.Ordinal))).ToList();
        var people = behind.SelectMany(node => graph.From(node.Key)).Where(static edge => edge.Relation == LineageRelation.AttributedTo)
            .GroupBy(edge => graph[edge.To].Label, StringComparer.Ordinal).Select(static g => new PersonBehind(g.Key, g.Count()))
            .OrderByDescending(static p => p.Corrections).ThenBy(static p => p.Name, StringComparer.Ordinal).ToList();
        // A rule that somebody wrote stands on no correction.
        if (people.Count == 0)
            people = [.. graph.From("rule/" + explained.CauseId).Where(static edge => edge.Relation == LineageRelation.AttributedTo).Select(edge => new PersonBehind(graph[edge.To].Label, 0))];
        return explained with { Corrections = behind.Count, People = [.. people.Take(NamedPeople)] };
    }

    private static ImmutableArray<GateBehind> GatesOf(string report)
    {
        using var json = JsonDocument.Parse(report);
        if (!json.RootElement.TryGetProperty("gates", out var gates) || gates.ValueKind != JsonValueKind.Array) return [];
        return [.. gates.EnumerateArray().Select(static gate => new GateBehind(
            gate.GetProperty("id").GetString()!, Enum.Parse<GateVerdict>(gate.GetProperty("verdict").GetString()!), $"{gate.GetProperty("title").GetString()}: {gate.GetProperty("reason").GetString()}"))];
    }

    private static string? CertificateOf(Bundle bundle)
    {
        if (bundle.Corrector is null) return null;
        using var json = JsonDocument.Parse(bundle.Corrector);
        return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("certificate", out var certificate) ? CanonicalJson.Of(certificate) : null;
    }
}
