using System.Text.Json;
using Emend.Contracts.Capturing;

namespace Emend.Contracts.Serving;

/// <summary>Asks for guidance before an agent proposes.</summary>
/// <param name="Agent">The agent.</param>
public sealed record GuidanceBody(string Agent)
{
    /// <summary>Kind of task.</summary>
    public string? TaskType { get; init; }
    /// <summary>Input text.</summary>
    public string? Input { get; init; }
    /// <summary>Features: strings, numbers, booleans, arrays of strings.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Features { get; init; }
    /// <summary>What the agent is about to propose, where it asks again with a draft.</summary>
    public ActionBody? Draft { get; init; }
    /// <summary>How sure it is of the draft, 0 to 1.</summary>
    public double? Confidence { get; init; }
    /// <summary>Whom the coming decision is about: its subject, else its correlation id. Without it nothing is withheld.</summary>
    public string? Unit { get; init; }
    /// <summary>Id of the coming decision: what was shown is recorded under it.</summary>
    public string? DecisionId { get; init; }
    /// <summary>Items at most, 1 to 20; 6 when not given.</summary>
    public int? MaxItems { get; init; }
    /// <summary>Tokens at most, 1 to 8,000; 1,200 when not given.</summary>
    public int? MaxTokens { get; init; }
}

/// <summary>Guidance for one case.</summary>
/// <param name="Text">The items as a block for a prompt; empty when there is none. Data from reviewed corrections, not instructions of a user.</param>
/// <param name="Items">The items, the most relevant first.</param>
/// <param name="Withheld">Ids of items that would have been shown and were withheld, to learn what they are worth.</param>
public sealed record GuidanceView(string Text, IReadOnlyList<GuidanceItemView> Items, IReadOnlyList<string> Withheld)
{
    /// <summary>Digest of the bundle they are part of; absent when there is none.</summary>
    public string? Bundle { get; init; }
}

/// <summary>One item.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind"><c>written</c>, <c>correction</c> or <c>confirmed</c>.</param>
/// <param name="Line">The item as it stands in the block.</param>
/// <param name="Helpful">Audited uses in which an agent did what it says and was right.</param>
/// <param name="Harmful">The same, and was wrong.</param>
public sealed record GuidanceItemView(string Id, string Kind, string Line, int Helpful, int Harmful)
{
    /// <summary>What was proposed in its cases.</summary>
    public string? Proposed { get; init; }
    /// <summary>What was right in its cases, or the action it advises.</summary>
    public string? Action { get; init; }
}
