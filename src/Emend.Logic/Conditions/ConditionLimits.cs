namespace Emend.Logic.Conditions;

/// <summary>How large a condition may be, whatever form it arrives in: beyond this it is refused, never half-read.</summary>
public static class ConditionLimits
{
    /// <summary>Characters of the text form.</summary>
    public const int MaxLength = 100_000;

    /// <summary>Levels of <c>all</c>, <c>any</c>, <c>not</c> and parentheses within each other.</summary>
    public const int MaxDepth = 64;

    /// <summary>Predicates in one condition.</summary>
    public const int MaxPredicates = 1_000;

    /// <summary>Values of one <c>in</c> or <c>notIn</c>.</summary>
    public const int MaxValues = 10_000;
}
