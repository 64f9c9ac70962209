using Emend.Logic;
using Emend.Logic.Conditions;

namespace Emend.Engine.Learning.Rules;

/// <summary>Limits a rule to decisions the agent is less sure of than a bound: above it, the agent is more often right than the rule may risk.</summary>
internal static class ConfidenceCap
{
    /// <summary>The rule with the bound as a further condition, counted again; the same rule when the bound is infinite.</summary>
    public static Candidate On(Candidate candidate, CaseTable table, double below)
    {
        if (double.IsPositiveInfinity(below)) return candidate;
        var bound = Literal.Of(Operand.Confidence, Comparison.Lt, [FeatureValue.Of(below)], Term.CapSlot);
        var cover = new ulong[candidate.Cover.Length];
        int fixes = 0, breaks = 0, rows = 0;
        foreach (var row in Bits.Members(candidate.Cover))
        {
            if (!(table.Cases[row].Decision.Confidence < below)) continue;
            Bits.Add(cover, row);
            rows++;
            if (table.Remedy[row] == candidate.Remedy) fixes++;
            else if (table.Remedy[row] < 0) breaks++;
        }
        // A looser bound the rule has already says nothing beside the tighter one.
        var terms = candidate.Terms.RemoveAll(t => t.Predicate is { Operand.Kind: OperandKind.Confidence, Comparison: Comparison.Lt } p && p.Values[0].AsNumber >= below);
        var tighter = terms.Any(static t => t.Predicate is { Operand.Kind: OperandKind.Confidence, Comparison: Comparison.Lt });
        return candidate with
        {
            Terms = tighter ? terms : terms.Add(Term.Of(bound, -1)).Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key)),
            Cover = cover,
            Tally = candidate.Tally with { Fixes = fixes, Breaks = breaks, Rows = rows },
        };
    }
}
