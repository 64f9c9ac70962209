using Emend.Engine.Capturing.Logs;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
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

    private static IEnumerable<ReplayCase> History(IReadOnlyList<LearningCase> cases, bool withOutcomes)
    {
        var reviewed = cases.ToDictionary(static one => one.Decision.Id, StringComparer.Ordinal);
        var truth = LogFile.Outcomes(SharedData.Path("demo", "outcomes.jsonl")!, Limits).Select(static line => line.Record!)
            .Where(static one => one.Action is not null).ToDictionary(static one => one.DecisionId, static one => one.Action!, StringComparer.Ordinal);
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
        var agent = new AgentDefinition { Id = cases[0].Decision.Agent };
        var builder = new BuildCandidate(LearnerOptions.Default);
        Bundle Build(IReadOnlyList<LearningCase> from) => builder.Build(new() { Agent = agent, Cases = from }).Bundle;
        var bundle = Build(cases);
        var report = await Evaluation.RunAsync(
            new()
            {
                Agent = agent,
                Candidate = bundle,
                CandidateDigest = DigestOf(bundle),
                History = () => History(cases, withOutcomes),
                Cases = cases,
                Rebuild = Build,
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

        Assert.NotNull(gain.Figure);
        Assert.Equal(report.Canonical(), (await Evaluate(withOutcomes: true)).Report.Canonical());
    }
}
