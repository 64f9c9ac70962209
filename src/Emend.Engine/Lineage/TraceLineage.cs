using System.Globalization;
using Emend.Engine.Learning.Written;
using Emend.Engine.Learning;
using Emend.Engine.Learning.DataSets;
using Emend.Engine.Learning.Models;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Reviewing;
using Emend.Engine.Serving;
using Emend.Engine.Storage;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Engine.Lineage;

/// <summary>There is neither a decision nor a correction of that id.</summary>
internal sealed record NothingToTrace(string Id) : Refusal("lineage.nothing-to-trace", $"'{Id}' is neither a decision nor a correction; check the id");

/// <summary>
/// Which corrections, by whom, stand behind a decision; and what a correction has changed. Backwards from a decision: release arm,
/// bundle, rule, rulings, corrections, submitters. Forwards from a correction: every bundle whose rules stand on it and every
/// decision they changed.
/// </summary>
internal sealed class TraceLineage(
    IWorkspaceStore store, Decisions decisions, Corrections corrections, ListReviews reviews, CandidateSnapshots snapshots, Exposures exposures, ReleaseLedger ledger, WrittenRules written, DataSetRegistry sets)
{
    /// <summary>From a decision back, or from a correction forward.</summary>
    public Answer<LineageGraph> Of(string id)
    {
        var graph = new LineageGraph();
        if (decisions.Find(id) is { } decision) Backward(graph, decision.Decision);
        else if (corrections.Find(id) is { } correction) Forward(graph, correction);
        else return new NothingToTrace(id);
        return graph;
    }

    private void Backward(LineageGraph graph, Decision decision)
    {
        var exposure = exposures.Find(decision.Id);
        var key = Add(graph, decision, exposure);
        if (exposure is null)
        {
            Rulings(graph, key, decision.Id);
            return;
        }
        if (exposure.Release is { } release)
            graph.Link(key, LineageRelation.DerivedFrom, graph.Add(new(LineageKind.Release, release, string.Create(CultureInfo.InvariantCulture, $"arm {exposure.Arm.ToString().ToLowerInvariant()} at {exposure.ShareBp / 100.0:0.##} % of traffic"))));
        if (exposure.Bundle is not { } digest) return;
        var bundle = AddBundle(graph, digest);
        graph.Link(key, LineageRelation.DerivedFrom, bundle);
        if (exposure.Cause == Cause.Rule && ledger.Bundle(digest)?.Rules.FirstOrDefault(r => string.Equals(r.Id, exposure.Rule, StringComparison.Ordinal)) is { } rule)
        {
            var at = AddRule(graph, rule);
            graph.Link(key, LineageRelation.DerivedFrom, at);
            graph.Link(bundle, LineageRelation.DerivedFrom, at);
            var built = snapshots.Of(digest);
            foreach (var evidence in rule.Evidence) Rulings(graph, at, evidence, built);
            // A written rule stands on nobody's correction: its author answers for it.
            if (rule.Origin == RuleOrigin.Written)
                foreach (var author in written.Authors(decision.Agent, rule.Id)) graph.Link(at, LineageRelation.AttributedTo, Person(graph, author));
        }
        else if (exposure.Rule is { } guardrail)
        {
            graph.Link(key, LineageRelation.DerivedFrom, graph.Add(new(LineageKind.Rule, guardrail, $"{exposure.Cause.ToString().ToLowerInvariant()} {guardrail}")));
        }
    }

    private void Forward(LineageGraph graph, KnownCorrection known)
    {
        var correction = AddCorrection(graph, known);
        if (decisions.Find(known.Correction.DecisionId)?.Decision is not { } about) return;
        var ruling = AddRuling(graph, about.Id, reviews.Of(about.Id));
        if (ruling is not null) graph.Link(ruling, LineageRelation.DerivedFrom, correction);
        foreach (var candidate in ledger.Candidates(about.Agent))
        {
            // What was built before it arrived does not stand on it, even where somebody else had said the same of the decision.
            if (snapshots.UpToOf(candidate.Digest) <= known.At.Entry || ledger.Bundle(candidate.Digest) is not { } bundle) continue;
            foreach (var rule in bundle.Rules.Where(r => r.Evidence.AsSpan().BinarySearch(about.Id, StringComparer.Ordinal) >= 0))
            {
                var at = AddRule(graph, rule);
                graph.Link(at, LineageRelation.DerivedFrom, ruling ?? correction);
                graph.Link(AddBundle(graph, candidate.Digest), LineageRelation.DerivedFrom, at);
                foreach (var changed in exposures.ChangedBy(candidate.Digest, rule.Id))
                {
                    if (decisions.Find(changed)?.Decision is { } decision) graph.Link(Add(graph, decision, exposures.Find(changed)), LineageRelation.DerivedFrom, at);
                }
            }
        }
    }

    // Withdrawn corrections stay in sight, marked: what was served stood on them. Where nothing else is said the ruling is gone with them.
    // What was said after a bundle was built is not what it stands on.
    private void Rulings(LineageGraph graph, string from, string decision, CandidateSnapshot? built = null)
    {
        var ruling = AddRuling(graph, decision, built is null ? reviews.Of(decision) : StandingIn(built, decision));
        if (ruling is not null) graph.Link(from, LineageRelation.DerivedFrom, ruling);
        foreach (var known in corrections.Of(decision))
            if ((built is null || known.At.Entry < built.UpTo) && (ruling is not null || known.IsWithdrawn)) graph.Link(ruling ?? from, LineageRelation.DerivedFrom, AddCorrection(graph, known));
    }

    private static string Add(LineageGraph graph, Decision decision, Exposure? exposure)
    {
        var label = $"{decision.Agent} proposed {decision.Proposed.Label}";
        if (exposure is not null) label += exposure.IsChanged ? ", Emend changed it" : ", it stood";
        return graph.Add(new(LineageKind.Decision, decision.Id, label, decision.OccurredAt));
    }

    private Standing? StandingIn(CandidateSnapshot built, string decision) =>
        store.Read(connection => SignalsOf.Read(connection, decision))?.AsOf(built.UpTo, null) is { } signals ? Standing.Of(signals, built.Agent) : null;

    private string? AddRuling(LineageGraph graph, string decision, Standing? now)
    {
        if (now is not { IsRuled: true } standing) return null;
        var label = standing.IsWrong ? $"{decision}: the proposal was wrong, right is {standing.Truth?.Label ?? "not known"}" : $"{decision}: the proposal was right";
        var key = graph.Add(new(LineageKind.Ruling, decision, $"{label} ({standing.Why})", standing.At));
        var by = standing.RuledBy is { } person ? ledger.NameOf(person.ToString()) : LearningCases.FastLane;
        graph.Link(key, LineageRelation.AttributedTo, graph.Add(new(LineageKind.Person, by, by)));
        return key;
    }

    private static string AddCorrection(LineageGraph graph, KnownCorrection known)
    {
        var correction = known.Correction;
        var said = correction.Verdict == CorrectionVerdict.Modify ? $"-> {correction.Action?.Label}" : correction.Verdict.ToString().ToLowerInvariant();
        var key = graph.Add(new(LineageKind.Correction, correction.Id, $"{correction.By}: {said}{(correction.Reason is null ? "" : $" ({correction.Reason})")}{(known.IsWithdrawn ? ", withdrawn" : "")}", correction.At));
        graph.Link(key, LineageRelation.AttributedTo, graph.Add(new(LineageKind.Person, correction.By, correction.By)));
        return key;
    }

    private static string AddRule(LineageGraph graph, Rule rule) => graph.Add(new(
        LineageKind.Rule, rule.Id, $"when {ConditionText.Format(rule.When)}: {rule.Effect.ToString().ToLowerInvariant()}{(rule.Action is null ? "" : " " + rule.Action)} ({rule.Because})", rule.EvidenceThrough));

    private string AddBundle(LineageGraph graph, string digest)
    {
        var candidate = ledger.Candidate(digest);
        var label = candidate is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{candidate.State.ToString().ToLowerInvariant()}, built from {candidate.Records} reviewed decisions");
        var known = graph.Has($"{nameof(LineageKind.Bundle).ToLowerInvariant()}/{digest}");
        var key = graph.Add(new(LineageKind.Bundle, digest, label, candidate?.BuiltAt));
        if (known || candidate is null) return key;

        graph.Link(key, LineageRelation.AttributedTo, Person(graph, candidate.Author));
        if (candidate.Evaluation is { } evaluation)
        {
            var report = graph.Add(new(LineageKind.Evaluation, evaluation.Report, $"gates: {evaluation.Result.ToString().ToLowerInvariant()}", evaluation.At));
            graph.Link(report, LineageRelation.DerivedFrom, key);
            graph.Link(report, LineageRelation.AttributedTo, Person(graph, evaluation.By));
            foreach (var approval in candidate.Approvals) graph.Link(report, LineageRelation.ApprovedBy, Person(graph, approval.By));
        }
        if (candidate.Parent is { } parent) graph.Link(key, LineageRelation.Replaced, graph.Add(new(LineageKind.Bundle, parent, "what was served before")));
        AddOrigin(graph, key, candidate);
        return key;
    }

    // The exact rulings a bundle was built from, and the corrector that was trained on them.
    private void AddOrigin(LineageGraph graph, string bundle, Candidate candidate)
    {
        string? set = null;
        if (sets.Of(candidate.Digest) is { } digest)
            graph.Link(bundle, LineageRelation.DerivedFrom, set = graph.Add(new(LineageKind.DataSet, digest, string.Create(CultureInfo.InvariantCulture, $"{candidate.Records} reviewed decisions"))));
        if (ledger.Bundle(candidate.Digest)?.Corrector is not { } corrector) return;
        var model = graph.Add(new(LineageKind.Model, Model.DigestOf(corrector), "corrector", candidate.BuiltAt));
        graph.Link(bundle, LineageRelation.DerivedFrom, model);
        if (set is not null) graph.Link(model, LineageRelation.DerivedFrom, set);
    }

    private string Person(LineageGraph graph, string person)
    {
        var name = ledger.NameOf(person);
        return graph.Add(new(LineageKind.Person, name, name));
    }
}
