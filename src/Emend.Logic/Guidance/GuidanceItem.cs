using System.Collections.Immutable;
using Emend.Logic.Conditions;

namespace Emend.Logic.Guidance;

/// <summary>What a guidance item is.</summary>
public enum GuidanceKind : byte
{
    /// <summary>An instruction that a person wrote.</summary>
    Written,
    /// <summary>Cases that reviewers corrected, all the same way.</summary>
    Correction,
    /// <summary>Cases in which reviewers confirmed the proposal: the contrast beside corrections.</summary>
    Confirmed,
}

/// <summary>A word of an item's cases.</summary>
/// <param name="Word">The word, as <see cref="TextTokens"/> cuts them.</param>
/// <param name="Cases">In how many of the item's cases it stands.</param>
public readonly record struct GuidanceWord(string Word, int Cases);

/// <summary>
/// One item of guidance for an agent that reads prompts: an instruction, or what reviewers said of similar cases. Data: it is shown
/// delimited and attributed (<see cref="GuidanceText"/>) and changes no decision by itself.
/// </summary>
/// <remarks>Holds no words of a single case: what is in it of cases is shared by several (docs/spec/bundle.md).</remarks>
public sealed record GuidanceItem
{
    /// <summary>Id: <c>g-</c> written, <c>x-</c> corrected cases, <c>c-</c> confirmed cases. The same item has the same id in every bundle.</summary>
    public required string Id { get; init; }

    /// <summary>What it is.</summary>
    public required GuidanceKind Kind { get; init; }

    /// <summary>What it says; written items only. One line, at most <see cref="GuidanceProblems.MaxText"/> characters.</summary>
    public string Text { get; init; } = "";

    /// <summary>The cases a written item is for; null: all.</summary>
    public Condition? Scope { get; init; }

    /// <summary>Task type of its cases; null: none in particular.</summary>
    public string? TaskType { get; init; }

    /// <summary>What the agent proposed in its cases; null for written items.</summary>
    public string? Proposed { get; init; }

    /// <summary>What was right in its cases; the action a written item advises, or null.</summary>
    public string? Action { get; init; }

    /// <summary>Values that all its cases share, of features whose class is not personal; sorted by name.</summary>
    public ImmutableArray<Feature> Features { get; init; } = [];

    /// <summary>Words that several of its cases share; sorted.</summary>
    public ImmutableArray<GuidanceWord> Words { get; init; } = [];

    /// <summary>How many reviewed cases it stands on; 0 for written items.</summary>
    public int Cases { get; init; }

    /// <summary>How many people reviewed them.</summary>
    public int Submitters { get; init; }

    /// <summary>Decisions of its evidence, sorted; of many the newest.</summary>
    public ImmutableArray<string> Evidence { get; init; } = [];

    /// <summary>Newest evidence, or when it was written; microseconds since 1970 UTC.</summary>
    public long At { get; init; }

    /// <summary>Audited uses in which an agent did what it says and was right.</summary>
    public int Help { get; init; }

    /// <summary>Audited uses in which an agent did what it says and was wrong.</summary>
    public int Harm { get; init; }

    /// <summary>What its submitters' word is worth, 0 to 1. Default 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Whether two items say the same of the same cases, whatever their counts.</summary>
    public bool SaysTheSame(GuidanceItem other) =>
        Kind == other.Kind && string.Equals(Text, other.Text, StringComparison.Ordinal) && Equals(Scope, other.Scope) && string.Equals(TaskType, other.TaskType, StringComparison.Ordinal)
        && string.Equals(Proposed, other.Proposed, StringComparison.Ordinal) && string.Equals(Action, other.Action, StringComparison.Ordinal)
        && Features.AsSpan().SequenceEqual(other.Features.AsSpan()) && Words.AsSpan().SequenceEqual(other.Words.AsSpan());
}
