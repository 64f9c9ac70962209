namespace Emend.Logic.Conditions;

/// <summary>A predicate, or its negation.</summary>
internal readonly record struct Literal(Predicate Predicate, bool Negated);

/// <summary>A condition as a list of cases, each a conjunction of literals: it holds exactly when one of the cases does (disjunctive normal form).</summary>
internal static class ConditionCases
{
    /// <summary>Literals one case may have. A case of an ordinary condition has as many as the condition has predicates.</summary>
    public const int MaxLiterals = ConditionLimits.MaxPredicates;

    /// <summary>The cases of a condition; null when there would be more than <paramref name="maxCases"/>, since they multiply.</summary>
    public static List<Literal[]>? Of(Condition condition, int maxCases, bool negated = false)
    {
        switch (condition)
        {
            case Predicate predicate: return [[new(predicate, negated)]];
            case Not not: return Of(not.Term, maxCases, !negated);
            case All all when !negated: return Product(all.Terms, maxCases, negated);
            case Any any when negated: return Product(any.Terms, maxCases, negated);
            case All all: return Union(all.Terms, maxCases, negated);
            case Any any: return Union(any.Terms, maxCases, negated);
            default: throw new ArgumentException($"unknown condition {condition?.GetType().Name}", nameof(condition));
        }
    }

    private static List<Literal[]>? Union(System.Collections.Immutable.ImmutableArray<Condition> terms, int maxCases, bool negated)
    {
        var cases = new List<Literal[]>();
        foreach (var term in terms)
        {
            if (Of(term, maxCases, negated) is not { } more || cases.Count + more.Count > maxCases) return null;
            cases.AddRange(more);
        }
        return cases;
    }

    private static List<Literal[]>? Product(System.Collections.Immutable.ImmutableArray<Condition> terms, int maxCases, bool negated)
    {
        List<Literal[]> cases = [[]];
        foreach (var term in terms)
        {
            if (Of(term, maxCases, negated) is not { } more || (long)cases.Count * more.Count > maxCases) return null;
            if (more.Count == 0) return more;
            var product = new List<Literal[]>(cases.Count * more.Count);
            foreach (var left in cases)
            {
                foreach (var right in more)
                {
                    if (left.Length + right.Length > MaxLiterals) return null;
                    product.Add(left.Length == 0 ? right : [.. left, .. right]);
                }
            }
            cases = product;
        }
        return cases;
    }
}
