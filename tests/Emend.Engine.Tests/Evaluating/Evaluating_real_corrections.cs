using Emend.Engine.Capturing.Logs;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.TestKit;
using Xunit.Abstractions;

namespace Emend.Engine.Tests.Evaluating;

/// <summary>90 corrections that people made of 500 decisions of a real model, and the truth of all 500 as it became known later.</summary>
public class Evaluating_real_corrections(ITestOutputHelper output)
{
    private static readonly LogLimits Limits = LogLimits.At(TimeProvider.System);

    private static Dictionary<string, Decision> Decisions { get; } = SharedData.Path("demo", "decisions.jsonl") is { } path
        ? LogFile.Decisions(path, Limits).ToDictionary(static line => line.Record!.Id, static line => line.Record!, StringComparer.Ordinal)
        : [];

    private static List<LearningCase> Corrected() =>
    [
        .. LogFile.Corrections(SharedData.Path("demo", "corrections.jsonl")!, Limits).Select(static line => line.Record!).Select(static said =>
            new LearningCase(Decisions[said.DecisionId], new(said.DecisionId, IsWrong: true, said.Action, [said.Id], [said.By], "policy:fast-lane", "", said.At))),
    ];

    private static Dictionary<string, AgentAction> Truth() => LogFile.Outcomes(SharedData.Path("demo", "outcomes.jsonl")!, Limits).Select(static line => line.Record!)
        .Where(static one => one.Action is not null).ToDictionary(static one => one.DecisionId, static one => one.Action!, StringComparer.Ordinal);

    private static IEnumerable<ReplayCase> History(IReadOnlyList<LearningCase> cases, bool withOutcomes)
    {
        var reviewed = cases.ToDictionary(static one => one.Decision.Id, StringComparer.Ordinal);
        var truth = Truth();
        foreach (var decision in Decisions.Values)
        {
            yield return reviewed.TryGetValue(decision.Id, out var one) ? ReplayCase.Reviewed(one, CaseEvidence.Training)
                : withOutcomes && truth.TryGetValue(decision.Id, out var known) ? ReplayCase.Revealed(decision, known)
                : ReplayCase.Unjudged(decision);
        }
    }

    private async Task<(EvaluationReport Report, Bundle Bundle)> Evaluate(bool withOutcomes)
    {
        var cases = Corrected();
        // The queues there really are: the model also proposes some that are long gone, which is the easiest thing to learn.
        var agent = new AgentDefinition { Id = cases[0].Decision.Agent, Actions = [.. Truth().Values.Select(static action => action.Label).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)] };
        var proposed = Decisions.Values.GroupBy(static one => one.Proposed.Label, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.Count(), StringComparer.Ordinal);
        var build = LearnerRebuild.Of(new() { Agent = agent, Cases = cases, Decisions = proposed });
        var bundle = build(cases);
        var report = await Evaluation.RunAsync(
            new()
            {
                Agent = agent,
                Candidate = bundle,
                CandidateDigest = DigestOf(bundle),
                History = () => History(cases, withOutcomes),
                Cases = cases,
                Rebuild = build,
                DigestOf = DigestOf,
            },
            CancellationToken.None);
        output.WriteLine($"{cases.Count} corrections, {bundle.Rules.Length} rules");
        output.WriteLine(report.Text());
        return (report, bundle);
    }

    private static string DigestOf(Bundle bundle) => BundleDigest.Of(BundleJson.Write(bundle));

    [SharedDataFact("demo/decisions.jsonl")]
    public async Task does_not_call_volunteered_corrections_a_proof()
    {
        var (report, bundle) = await Evaluate(withOutcomes: false);

        Assert.NotEmpty(bundle.Rules);
        Assert.Equal(GateVerdict.Pass, report.Gates.Single(static gate => gate.Id == ReproducibleGate.Id).Verdict);
        Assert.NotEqual(EvaluationResult.Passed, report.Result);
    }

    [SharedDataFact("demo/decisions.jsonl")]
    public async Task counts_what_became_known_later_as_held_out()
    {
        var (report, _) = await Evaluate(withOutcomes: true);
        var gain = report.Gates.Single(static gate => gate.Id == GainGate.Id);

        // On decisions the rules were not built from, some fixes and no more than a few breaks: whatever the verdict, it is measured.
        Assert.NotNull(gain.Figure);
        Assert.NotEqual(GateVerdict.Block, gain.Verdict);
        Assert.Equal(report.Canonical(), (await Evaluate(withOutcomes: true)).Report.Canonical());
    }
}
