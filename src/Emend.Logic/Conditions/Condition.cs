using System.Collections.Immutable;

namespace Emend.Logic.Conditions;

/// <summary>How a predicate compares.</summary>
public enum Comparison : byte
{
    /// <summary>Same kind and same value.</summary>
    Eq,
    /// <summary>A value of the same kind, but another.</summary>
    Ne,
    /// <summary>Equal to one of the values.</summary>
    In,
    /// <summary>A value of the values' kind, but none of them.</summary>
    NotIn,
    /// <summary>Less than; numbers and timestamps.</summary>
    Lt,
    /// <summary>At most.</summary>
    Le,
    /// <summary>Greater than.</summary>
    Gt,
    /// <summary>At least.</summary>
    Ge,
    /// <summary>At least the first value and at most the second.</summary>
    Between,
    /// <summary>There is a value, of whatever kind.</summary>
    Exists,
    /// <summary>There is no value (absent, null, NaN).</summary>
    Missing,
    /// <summary>A string set holds the value; the text holds the words, in order and adjacent.</summary>
    Contains,
}

/// <summary>
/// A typed condition tree over context, proposed action, confidence and text. Data, not code: it can be written as
/// canonical JSON, as readable text, and compiled into an index.
/// </summary>
/// <remarks>
/// Two-valued and total: a predicate on a missing value, or on a value of another kind than its own, is false, except
/// <see cref="Comparison.Missing"/>. Hence <c>not (a == 1)</c> holds where <c>a</c> is missing and <c>a != 1</c> does not.
/// </remarks>
public abstract record Condition
{
    private protected Condition() { }

    /// <summary>Holds always: the empty conjunction.</summary>
    public static Condition Always { get; } = new All([]);
}

/// <summary>Holds when every term holds; the empty one always.</summary>
public sealed record All(ImmutableArray<Condition> Terms) : Condition
{
    /// <inheritdoc/>
    public bool Equals(All? other) => other is not null && Terms.SequenceEqual(other.Terms);
    /// <inheritdoc/>
    public override int GetHashCode() => Terms.Aggregate(17, static (hash, term) => HashCode.Combine(hash, term));
}

/// <summary>Holds when at least one term holds; the empty one never.</summary>
public sealed record Any(ImmutableArray<Condition> Terms) : Condition
{
    /// <inheritdoc/>
    public bool Equals(Any? other) => other is not null && Terms.SequenceEqual(other.Terms);
    /// <inheritdoc/>
    public override int GetHashCode() => Terms.Aggregate(19, static (hash, term) => HashCode.Combine(hash, term));
}

/// <summary>Holds when its term does not.</summary>
public sealed record Not(Condition Term) : Condition;

/// <summary>One comparison.</summary>
/// <param name="Operand">What it looks at.</param>
/// <param name="Comparison">How it compares.</param>
/// <param name="Values">None for exists and missing, two for between, one or more for in and notIn, else one. All of one kind.</param>
public sealed record Predicate(Operand Operand, Comparison Comparison, ImmutableArray<FeatureValue> Values) : Condition
{
    /// <summary>A predicate with one value.</summary>
    public Predicate(Operand operand, Comparison comparison, FeatureValue value) : this(operand, comparison, [value]) { }

    /// <inheritdoc/>
    public bool Equals(Predicate? other) =>
        other is not null && Operand == other.Operand && Comparison == other.Comparison && Values.SequenceEqual(other.Values);
    /// <inheritdoc/>
    public override int GetHashCode() => Values.Aggregate(HashCode.Combine(Operand, Comparison), static (hash, value) => HashCode.Combine(hash, value));
}
