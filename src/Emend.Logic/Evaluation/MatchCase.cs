using Emend.Logic.Conditions;

namespace Emend.Logic.Evaluation;

/// <summary>One conjunction of lowered tests; a condition is one or more of them.</summary>
internal sealed class MatchCase
{
    // Cases of one condition that the index takes as separate entries; beyond it the product of alternatives is walked as a tree.
    private const int MaxCases = 16;

    public required int Owner { get; init; }

    /// <summary>Lane -> values that pass; at most one entry a lane.</summary>
    public List<(int Lane, int[] Set)> Lanes { get; } = [];

    public List<int> Facts { get; } = [];

    public List<int> NoFacts { get; } = [];

    public List<TestTree> Trees { get; } = [];

    /// <summary>The cases of a condition; none when it can never hold.</summary>
    public static IEnumerable<MatchCase> Of(int owner, Condition condition, LanesBuilder lanes)
    {
        var trees = new List<TestTree>();
        List<Literal[]> cases = [[]];
        foreach (var term in condition is All all ? all.Terms : [condition])
        {
            var more = ConditionCases.Of(term, MaxCases);
            if (more is null || cases.Count * more.Count > MaxCases) trees.Add(Tree(term, lanes));
            else cases = [.. cases.SelectMany(left => more.Select(right => (Literal[])[.. left, .. right]))];
        }
        foreach (var literals in cases)
        {
            var result = new MatchCase { Owner = owner };
            result.Trees.AddRange(trees);
            if (literals.All(literal => result.Take(literal.Negated ? lanes.Lower(literal.Predicate).Negated : lanes.Lower(literal.Predicate)))) yield return result;
        }
    }

    private bool Take(LoweredTest test)
    {
        switch (test.Kind)
        {
            case TestKind.Never: return false;
            case TestKind.Always: return true;
            case TestKind.Fact:
                if (!Facts.Contains(test.Index)) Facts.Add(test.Index);
                return !NoFacts.Contains(test.Index);
            case TestKind.NoFact:
                if (!NoFacts.Contains(test.Index)) NoFacts.Add(test.Index);
                return !Facts.Contains(test.Index);
        }
        for (var i = 0; i < Lanes.Count; i++)
        {
            if (Lanes[i].Lane != test.Index) continue;
            Lanes[i] = (test.Index, Intervals.Intersect(Lanes[i].Set, test.Set));
            return Lanes[i].Set.Length > 0;
        }
        Lanes.Add((test.Index, test.Set));
        return true;
    }

    private static TestTree Tree(Condition condition, LanesBuilder lanes) => condition switch
    {
        All all => new(default, [.. all.Terms.Select(t => Tree(t, lanes))], null),
        Any any => new(default, null, [.. any.Terms.Select(t => Tree(t, lanes))]),
        Not { Term: Predicate predicate } => new(lanes.Lower(predicate).Negated, null, null),
        Not { Term: Not twice } => Tree(twice.Term, lanes),
        Not { Term: All all } => new(default, null, [.. all.Terms.Select(t => Tree(new Not(t), lanes))]),
        Not { Term: Any any } => new(default, [.. any.Terms.Select(t => Tree(new Not(t), lanes))], null),
        Predicate predicate => new(lanes.Lower(predicate), null, null),
        _ => throw new ArgumentException($"unknown condition {condition?.GetType().Name}", nameof(condition)),
    };
}
