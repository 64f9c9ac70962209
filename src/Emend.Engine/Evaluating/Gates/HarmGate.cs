using Emend.Engine.Evaluating.Statistics;
using Emend.Engine.Normalizing;
using static Emend.Engine.Evaluating.Gates.Figures;

namespace Emend.Engine.Evaluating.Gates;

/// <summary>
/// G3: of what it changes, little goes wrong. Two shares with exact bounds (Clopper-Pearson) on cases it was not built from:
/// right before and wrong now, and wrong now whatever it was.
/// </summary>
internal static class HarmGate
{
    public const string Id = "G3";
    private const string Title = "harm";

    public static GateResult Judge(GateInput input)
    {
        if (input.Change.IsExactOnly)
            return new(Id, Title, null, null, GateVerdict.NotApplicable, "only remembers approved corrections, each on its identical case");
        var counts = input.Independent;
        var unseen = input.Unseen;
        if (counts.Changed == 0 && input.Compared(input.History).Total.Changed == 0)
            return new(Id, Title, 0, input.Policy.MaxBreaksAt(input.Risk), GateVerdict.Pass, "changes no decision of the history");

        var breaks = Bound("right before and wrong now", counts.Breaks, counts.ChangedKnown, unseen, input.Policy.MaxBreaksAt(input.Risk), input.Policy.Alpha);
        var wrong = Bound("wrong now", counts.ChangedWrong, counts.ChangedKnown, unseen, input.Policy.MaxWrongAt(input.Risk), input.Policy.Alpha);
        // One wrong action in place of another helps nobody and, where the risk is low, harms nobody: worth a look, no reason to refuse.
        if (input.Risk == RiskClass.Low && wrong.Verdict != GateVerdict.Pass) wrong = wrong with { Verdict = GateVerdict.Warn };
        // The worse verdict speaks; of two equal ones the breaks, since they are what a customer feels.
        return wrong.Verdict > breaks.Verdict ? wrong : breaks;
    }

    private static GateResult Bound(string what, long bad, long known, long unseen, double limit, double alpha)
    {
        var worst = bad + unseen;
        var n = known + unseen;
        var upper = ClopperPearson.Upper(worst, n, alpha);
        var seen = $"{bad} of {Count(known, "judged change")} {what}";
        if (unseen > 0) seen += $", {Count(unseen, "change")} nobody judged taken for the worst because only errors are reported";
        if (upper <= limit)
            return new(Id, Title, upper, limit, GateVerdict.Pass, $"{seen}: at most {Percent(upper)} with confidence");
        // Unjudged changes are a reason to look, not a proof of harm: only what was seen can block.
        if (ClopperPearson.Lower(bad, known, alpha) is var lower && lower > limit)
            return new(Id, Title, lower, limit, GateVerdict.Block, $"{seen}: at least {Percent(lower)} with confidence, {Percent(limit)} is allowed");
        var more = ClopperPearson.MoreWithoutHit(bad, known, limit, alpha);
        return new(Id, Title, upper, limit, GateVerdict.InsufficientEvidence, more > 0
            ? $"{seen}: could be up to {Percent(upper)}, {Percent(limit)} is allowed; {Count(more, "more reviewed change")} without another would show it"
            : $"{seen}: could be up to {Percent(upper)}, {Percent(limit)} is allowed; review the changes nobody judged, right ones included");
    }
}
