using Emend.Engine.Evaluating.Statistics;
using static Emend.Engine.Evaluating.Gates.Figures;

namespace Emend.Engine.Evaluating.Gates;

/// <summary>G2: it fixes more than it breaks, beyond chance, on cases it was not built from (McNemar's exact test).</summary>
internal static class GainGate
{
    public const string Id = "G2";
    private const string Title = "gain";

    public static GateResult Judge(GateInput input)
    {
        var counts = input.Independent;
        if (input.Purpose == EvaluationPurpose.Maintain) return Maintenance(input);
        if (input.Change.IsGuidanceOnly)
            return new(Id, Title, null, null, GateVerdict.NotApplicable, "changes only what the agent reads before it proposes: no replay can tell what that is worth, the share it is withheld from will");
        if (input.Change.IsExactOnly)
            return new(Id, Title, null, null, GateVerdict.NotApplicable, "only remembers approved corrections, each on its identical case: the rulings are the evidence");

        var limit = input.Policy.GainP;
        var fixes = counts.Fixes;
        if (input.Audited is { Verdict: AuditVerdict.Loss } lost && input.Purpose != EvaluationPurpose.Withdraw)
            return new(Id, Title, lost.Bound.Upper, 0, GateVerdict.Block, $"{Count(lost.Disagreements, "drawn decision")} on which the two disagree say it loses: {Percent(-lost.Bound.Upper)} of all decisions at least");
        var breaks = counts.Breaks + input.Unseen;
        var p = McNemar.P(fixes, breaks);
        var seen = $"{Count(counts.Fixes, "fix", "fixes")}, {Count(counts.Breaks, "break")} on independent cases{(input.IsProvenByDraws ? " drawn at random" : "")}";
        if (breaks > counts.Breaks)
            seen += $" and {Count(breaks - counts.Breaks, "changed decision")} nobody judged, taken for breaks because only errors are reported";
        if (p <= limit)
            return new(Id, Title, p, limit, GateVerdict.Pass, $"{seen}: p {P(p)}");

        if (input.Purpose == EvaluationPurpose.Withdraw)
        {
            return counts.Changed == 0
                ? new(Id, Title, null, null, GateVerdict.Pass, "nothing is left that changes a judged decision of the agent")
                : new(Id, Title, p, limit, GateVerdict.Warn, $"{seen}: p {P(p)}; a withdrawal need not gain");
        }
        // Five is the least number of differences that could have passed: below it a loss is as likely to be chance as a gain.
        if (counts.Breaks >= counts.Fixes && counts.Breaks + counts.Fixes >= LeastThatCouldPass(limit))
            return new(Id, Title, p, limit, GateVerdict.Block, $"{seen}: it breaks at least as much as it fixes");
        if (fixes + breaks == 0)
            return new(Id, Title, null, limit, GateVerdict.InsufficientEvidence, $"no independent reviewed case would change; {Count(LeastThatCouldPass(limit), "fix", "fixes")} without a break are the least that can show a gain");
        var more = McNemar.MoreFixes(fixes, breaks, limit);
        return new(Id, Title, p, limit, GateVerdict.InsufficientEvidence, $"{seen}: p {P(p)}; {Count(more, "more fix", "more fixes")} without a break would show a gain");
    }

    private static GateResult Maintenance(GateInput input)
    {
        var counts = input.Independent;
        var limit = -input.Policy.MaintenanceLoss;
        if (input.History.Incumbent.Total.Changed == 0)
            return new(Id, Title, 0, limit, GateVerdict.Pass, "changes no decision of the history");
        var n = counts.BaseKnown;
        // Two one-sided bounds at half the level each: together they hold with 1 - alpha.
        var half = input.Policy.Alpha / 2;
        var lower = ClopperPearson.Lower(counts.Fixes, n, half) - ClopperPearson.Upper(counts.Breaks, n, half);
        var seen = $"{Count(counts.Fixes, "fix", "fixes")}, {Count(counts.Breaks, "break")} in {Count(n, "independent case")}: accuracy changes by at least {Percent(lower)}";
        if (lower >= limit) return new(Id, Title, lower, limit, GateVerdict.Pass, seen);
        return counts.Breaks > counts.Fixes && McNemar.P(counts.Breaks, counts.Fixes) <= input.Policy.GainP
            ? new(Id, Title, lower, limit, GateVerdict.Block, seen + "; it loses beyond chance")
            : new(Id, Title, lower, limit, GateVerdict.InsufficientEvidence, seen + $"; a maintenance release must show less than {Percent(-limit)} loss");
    }

    private static long LeastThatCouldPass(double limit) => McNemar.MoreFixes(0, 0, limit);
}
