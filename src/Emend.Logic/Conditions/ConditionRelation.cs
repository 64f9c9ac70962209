namespace Emend.Logic.Conditions;

/// <summary>How two conditions relate.</summary>
public enum Relation : byte
{
    /// <summary>Neither of the others could be proven: they may hold together, and each may hold alone.</summary>
    Overlaps,
    /// <summary>They never hold together.</summary>
    Disjoint,
    /// <summary>Whenever the first holds, so does the second.</summary>
    Implies,
    /// <summary>Whenever the second holds, so does the first.</summary>
    ImpliedBy,
    /// <summary>They always hold together.</summary>
    Equivalent,
}

/// <summary>What can be proven of two conditions from their form alone, for every context there could ever be.</summary>
/// <remarks>
/// Exact for numbers, instants, strings and booleans; sets and text are reasoned about member by member and phrase by phrase.
/// Conservative: everything but <see cref="Relation.Overlaps"/> is proven, and conditions with very many alternatives stay unproven.
/// </remarks>
public static class ConditionRelation
{
    private const int MaxCases = 256;

    /// <summary>Relates two conditions.</summary>
    public static Relation Of(Condition first, Condition second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        // What never holds is disjoint from everything; saying that it implies everything would be true and useless.
        if (NeverHolds(first, second)) return Relation.Disjoint;
        var implies = NeverHolds(first, new Not(second));
        var implied = NeverHolds(second, new Not(first));
        return (implies, implied) switch
        {
            (true, true) => Relation.Equivalent,
            (true, false) => Relation.Implies,
            (false, true) => Relation.ImpliedBy,
            _ => Relation.Overlaps,
        };
    }

    /// <summary>Whether it is proven that the condition can never hold.</summary>
    public static bool NeverHolds(Condition condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return ConditionCases.Of(condition, MaxCases) is { } cases && cases.TrueForAll(static literals => !PossibleValues.Exist(literals));
    }

    /// <summary>Whether it is proven that the two can never hold together.</summary>
    internal static bool NeverHolds(Condition first, Condition second) => NeverHolds(new All([first, second]));
}
