using static Emend.Engine.Evaluating.Gates.Figures;

namespace Emend.Engine.Evaluating.Gates;

/// <summary>G1: no protected case is newly wrong, and no decision an earlier correction had put right goes wrong again.</summary>
internal static class GoldenSetGate
{
    public const string Id = "G1";
    private const string Title = "protected cases";

    public static GateResult Judge(GateInput input)
    {
        var golden = input.Golden;
        var undone = input.History.CornerstonesBroken;
        var broken = golden.NewlyWrong.Length;
        if (broken > 0)
            return new(Id, Title, broken + undone, 0, GateVerdict.Block, $"{Count(broken, "protected case")} newly wrong: {List(golden.NewlyWrong)}");
        if (undone > 0)
        {
            var what = $"{Count(undone, "decision")} that an earlier correction had put right would be wrong again: {List(input.History.CornerstoneExamples)}";
            return input.Purpose == EvaluationPurpose.Withdraw
                ? new(Id, Title, undone, 0, GateVerdict.Warn, what + "; that is what the withdrawal takes back")
                : new(Id, Title, undone, 0, GateVerdict.Block, what);
        }
        if (golden.Cases == 0)
            return new(Id, Title, 0, 0, GateVerdict.Warn, "no protected cases yet: add the cases that must never go wrong to the golden set");
        var stillWrong = golden.StillWrong.Length == 0 ? "" : $" ({golden.StillWrong.Length} were wrong before and still are)";
        return new(Id, Title, 0, 0, GateVerdict.Pass, $"none of {Count(golden.Cases, "protected case")} newly wrong{stillWrong}, no earlier fix undone");
    }
}
