using Emend.Engine.Capturing.Logs;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Normalizing;
using Emend.TestKit;
using Xunit.Abstractions;

namespace Emend.Engine.Tests.Evaluating;

public class Comparing_two_agents(ITestOutputHelper log)
{
    // Real runs of three models with a plain and an optimised prompt on the same 500 messages. Figures counted by hand from the files.
    [SharedDataTheory("bank_support_llm/decisions.jsonl")]
    [InlineData("gpt-5.2", 22, 13, nameof(GateVerdict.InsufficientEvidence), nameof(GateVerdict.Block))]
    [InlineData("gpt-5-mini", 13, 15, nameof(GateVerdict.Block), nameof(GateVerdict.Block))]
    [InlineData("claude-4.5-sonnet", 25, 13, nameof(GateVerdict.Pass), nameof(GateVerdict.InsufficientEvidence))]
    public void finds_out_whether_a_new_prompt_gains(string model, int fixes, int breaks, string gain, string harm)
    {
        var result = Compare(model);
        var gates = CompareAgents.Judge(result, new() { Id = model }, GatePolicy.Default);
        foreach (var gate in gates) log.WriteLine($"{model} {gate.Id} {EvaluationReport.Word(gate.Verdict)}: {gate.Reason}");

        Assert.Equal((500, fixes, breaks), (result.Decisions, result.Incumbent.Independent.Fixes, result.Incumbent.Independent.Breaks));
        Assert.Equal(Enum.Parse<GateVerdict>(gain), gates.Single(static gate => gate.Id == GainGate.Id).Verdict);
        // Breaks among the decisions each of them changes: 13 of 69, 15 of 61, 13 of 82; one in ten is allowed. None gets through by itself.
        Assert.Equal(Enum.Parse<GateVerdict>(harm), gates.Single(static gate => gate.Id == HarmGate.Id).Verdict);
    }

    [Fact]
    public void needs_a_case_that_both_decided()
    {
        var one = Cases.Decision(1, "a") with { CorrelationId = "case-1" };
        Assert.Equal(0, CompareAgents.Run([one], [one with { CorrelationId = "case-2" }], static _ => null).Decisions);
        Assert.Throws<InvalidDataException>(() => CompareAgents.Run([one], [one with { CorrelationId = null }], static _ => null));
        Assert.Throws<InvalidDataException>(() => CompareAgents.Run([], [one, one], static _ => null));
    }

    private static ReplayResult Compare(string model)
    {
        var truth = Outcomes().Where(static outcome => outcome.Action is not null).ToDictionary(static outcome => outcome.DecisionId, static outcome => outcome.Action!, StringComparer.Ordinal);
        var decisions = LogFile.Decisions(SharedData.Path("bank_support_llm", "decisions.jsonl")!, LogLimits.At(TimeProvider.System)).Select(static line => line.Record!).ToList();
        return CompareAgents.Run(
            decisions.Where(decision => decision.Agent == model + "/v1"),
            decisions.Where(decision => decision.Agent == model + "/v2-optimised-prompt"),
            truth.GetValueOrDefault);
    }

    private static IEnumerable<Outcome> Outcomes() => LogFile.Outcomes(SharedData.Path("bank_support_llm", "outcomes.jsonl")!, LogLimits.At(TimeProvider.System)).Select(static line => line.Record!);
}
