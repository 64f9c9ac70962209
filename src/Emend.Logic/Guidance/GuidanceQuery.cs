using System.Collections.Immutable;

namespace Emend.Logic.Guidance;

/// <summary>What guidance is asked for.</summary>
/// <param name="Context">What the agent knows.</param>
public readonly record struct GuidanceQuery(Context Context)
{
    /// <summary>Items at most, unless the query says otherwise.</summary>
    public const int DefaultItems = 6;

    /// <summary>Tokens at most, unless the query says otherwise.</summary>
    public const int DefaultTokens = 1_200;

    /// <summary>What the agent is about to propose, where it asks again with a draft; null: it has none yet.</summary>
    public AgentAction? Draft { get; init; }

    /// <summary>How sure it is of the draft; null: it does not say.</summary>
    public double? Confidence { get; init; }

    /// <summary>Whom the coming decision is about; decides what is withheld. Null: nothing is withheld, and nothing can be learned from showing it.</summary>
    public string? Unit { get; init; }

    /// <summary>When, microseconds since 1970 UTC.</summary>
    public long At { get; init; }

    /// <summary>Items at most. Default 6; 0 means the default.</summary>
    public int MaxItems { get; init; }

    /// <summary>Tokens at most. Default 1,200; 0 means the default.</summary>
    public int MaxTokens { get; init; }
}

/// <summary>What a decision was shown, for its record: ids only.</summary>
/// <param name="Bundle">Digest of the bundle the items are part of.</param>
/// <param name="Shown">Items shown, in order.</param>
/// <param name="Withheld">Items that would have been shown and were withheld to learn what they are worth.</param>
public sealed record GuidanceExposure(string Bundle, ImmutableArray<string> Shown, ImmutableArray<string> Withheld)
{
    /// <summary>Whether there is anything to record.</summary>
    public bool IsEmpty => Shown.IsEmpty && Withheld.IsEmpty;
}

/// <summary>Guidance for one case.</summary>
/// <param name="Items">Items, the most relevant first.</param>
/// <param name="Text">The items as a block for a prompt; empty when there is none.</param>
/// <param name="Exposure">What to hand in with the decision.</param>
public sealed record GuidanceAnswer(ImmutableArray<GuidanceItem> Items, string Text, GuidanceExposure Exposure)
{
    /// <summary>Nothing to say.</summary>
    public static GuidanceAnswer None { get; } = new([], "", new("", [], []));
}
