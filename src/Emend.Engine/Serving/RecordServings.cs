using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.Logic.Evaluation;
using Emend.Logic.Guidance;

namespace Emend.Engine.Serving;

/// <summary>What a client says it did with one decision of its own.</summary>
/// <param name="DecisionId">The decision; accepted before this is reported.</param>
/// <param name="At">When, microseconds since 1970 UTC.</param>
/// <param name="Arm">Which side of a release it was on.</param>
/// <param name="Release">The release under way; null when there was none.</param>
/// <param name="ShareBp">The candidate's share at that moment.</param>
/// <param name="Bundle">Digest of the bundle that decided; null: the agent alone.</param>
/// <param name="Cause">What decided.</param>
/// <param name="Rule">Id of the rule or guardrail that did.</param>
/// <param name="Disposition">What was done with the proposal.</param>
/// <param name="Final">What was done; null when nothing was, or a person was asked.</param>
/// <param name="Inclusion">Probability with which this decision was recorded at all, above 0 and at most 1: figures over recorded decisions weigh each with its inverse.</param>
internal sealed record ReportedServing(
    string DecisionId, long At, Arm Arm, string? Release, int ShareBp, string? Bundle, Cause Cause, string? Rule, Disposition Disposition, AgentAction? Final, double Inclusion)
{
    /// <summary>Guidance the agent had before it decided; null: none.</summary>
    public GuidanceExposure? Guidance { get; init; }
}

/// <summary>What became of one reported serving.</summary>
internal enum ServingReport : byte
{
    /// <summary>It is in the journal now.</summary>
    Recorded,
    /// <summary>The decision's serving was in the journal already; what was recorded first stays.</summary>
    Duplicate,
    /// <summary>A rule says no; nothing changed.</summary>
    Refused,
}

/// <summary>The decision was not accepted, so nothing can be said about it.</summary>
internal sealed record ServedDecisionIsUnknown(string Decision) : Refusal("serving.decision-unknown", $"decision '{Decision}' was not accepted; send it first, then what was done with it");

/// <summary>The bundle was never approved for the decision's agent.</summary>
internal sealed record ServedBundleIsNotApproved(string Bundle, string Agent)
    : Refusal("serving.bundle-not-approved", $"bundle {Bundle} was never approved for agent '{Agent}': check which server and workspace this client takes its bundles from");

/// <summary>Records what clients did with their decisions: the same entries that serving on the server writes, so that lineage and release watching need not know the difference.</summary>
internal sealed class RecordServingsHandler(IWorkspaceStore store, Decisions decisions, ReleaseLedger ledger, PublishBundle publish, GuidanceExposures guidance)
{
    /// <summary>Records a batch: one journal entry for all that is new in it.</summary>
    /// <returns>One result for each, in order; the reason where it was refused.</returns>
    public async Task<(ServingReport Result, Refusal? Why)[]> HandleAsync(IReadOnlyList<ReportedServing> servings, Actor by, CancellationToken cancel)
    {
        using var activity = ServingTelemetry.Source.StartActivity("record servings");
        var results = new (ServingReport Result, Refusal? Why)[servings.Count];
        var known = decisions.ReadMany([.. servings.Select(static one => one.DecisionId).Distinct(StringComparer.Ordinal)])
            .ToDictionary(static one => one.Decision.Id, static one => one.Decision, StringComparer.Ordinal);
        var approved = new Dictionary<(string Bundle, string Agent), bool>();
        var fresh = new List<(int Index, ServedDecision Served)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < servings.Count; i++)
        {
            var one = servings[i];
            if (!known.TryGetValue(one.DecisionId, out var decision)) results[i] = (ServingReport.Refused, new ServedDecisionIsUnknown(one.DecisionId));
            else if (one.Bundle is { } bundle && !IsApproved(bundle, decision.Agent, approved)) results[i] = (ServingReport.Refused, new ServedBundleIsNotApproved(bundle, decision.Agent));
            else if (!seen.Add(one.DecisionId)) results[i] = (ServingReport.Duplicate, null);
            else fresh.Add((i, Served(one, decision)));
        }
        if (fresh.Count > 0)
        {
            var recorded = await ExposureJournal.RecordAsync(store, fresh.ConvertAll(static one => one.Served), by, at: null, cancel).ConfigureAwait(false);
            var ids = recorded.Select(static one => one.Decision.Id).ToHashSet(StringComparer.Ordinal);
            foreach (var (index, served) in fresh) results[index] = (ids.Contains(served.Decision.Id) ? ServingReport.Recorded : ServingReport.Duplicate, null);
        }
        // Of those reported before as well: a crash may have come between the two entries.
        await guidance.RecordAsync(
            [.. servings.Where((one, i) => one.Guidance is not null && results[i].Result != ServingReport.Refused).Select(one => new GuidedDecision(one.DecisionId, known[one.DecisionId].Agent, one.Guidance!))], by, cancel).ConfigureAwait(false);
        foreach (var (result, _) in results) ServingTelemetry.Reported.Add(1, new KeyValuePair<string, object?>("result", result.ToString()));
        return results;
    }

    private static ServedDecision Served(ReportedServing one, Decision decision) => new()
    {
        Decision = decision,
        Final = one.Final,
        Verdict = new(one.Disposition, one.Cause, -1, -1),
        Bundle = one.Bundle,
        RuleId = one.Rule,
        Arm = one.Arm,
        Release = one.Release,
        ShareBp = one.ShareBp,
        Inclusion = one.Inclusion,
        ServedAt = one.At,
    };

    private bool IsApproved(string bundle, string agent, Dictionary<(string Bundle, string Agent), bool> known)
    {
        if (known.TryGetValue((bundle, agent), out var isKnown)) return isKnown;
        var approved = publish.IsApproved(bundle);
        return known[(bundle, agent)] = approved && string.Equals(ledger.Candidate(bundle)?.Agent, agent, StringComparison.Ordinal);
    }
}
