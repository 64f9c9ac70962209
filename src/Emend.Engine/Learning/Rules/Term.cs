using System.Collections.Immutable;
using Emend.Logic;
using Emend.Logic.Conditions;

namespace Emend.Engine.Learning.Rules;

/// <summary>One condition of a rule being grown: a typed literal, several values of one category, or a phrase of the text.</summary>
internal sealed class Term
{
    /// <summary>Slot of every phrase: a rule may hold several.</summary>
    public const int PhraseSlot = -1;

    /// <summary>Slot of the bound on confidence that a gate adds.</summary>
    public const int CapSlot = -2;

    private Term(Predicate predicate, int slot, int order, string key, ImmutableArray<int> literals, int phrase)
    {
        Predicate = predicate;
        Slot = slot;
        Order = order;
        Key = key;
        Literals = literals;
        Phrase = phrase;
    }

    /// <summary>The condition.</summary>
    public Predicate Predicate { get; }
    /// <summary>A rule takes one term of each slot; phrases are free.</summary>
    public int Slot { get; }
    /// <summary>Breaks ties in a search: typed terms before phrases, in the order of the table, which depends on the cases only.</summary>
    public int Order { get; }
    /// <summary>Orders the terms of a finished rule.</summary>
    public string Key { get; }
    /// <summary>Literals of the table of which one must hold; empty for a phrase.</summary>
    public ImmutableArray<int> Literals { get; }
    /// <summary>Phrase of the table; -1 for a typed term.</summary>
    public int Phrase { get; }

    /// <summary>A typed literal.</summary>
    public static Term Of(Literal literal, int number) => new(literal.Predicate, literal.Slot, number, literal.Key, [number], -1);

    /// <summary>One of several values of a category.</summary>
    public static Term In(IReadOnlyList<(Literal Literal, int Number)> values, int order)
    {
        var operand = values[0].Literal.Predicate.Operand;
        ImmutableArray<FeatureValue> sorted = [.. values.Select(static v => v.Literal.Predicate.Values[0]).OrderBy(static v => v.AsString, StringComparer.Ordinal)];
        var literal = Literal.Of(operand, Comparison.In, sorted, values[0].Literal.Slot);
        return new(literal.Predicate, literal.Slot, order, literal.Key, [.. values.Select(static v => v.Number)], -1);
    }

    /// <summary>A phrase of the text.</summary>
    public static Term Words(string phrase, int number) =>
        new(new(Operand.Text, Comparison.Contains, FeatureValue.Of(phrase)), PhraseSlot, FirstPhrase + number, "~" + phrase, [], number);

    private const int FirstPhrase = 1 << 24;
}
