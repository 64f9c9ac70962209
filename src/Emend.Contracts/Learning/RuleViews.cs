using System.Text.Json;

namespace Emend.Contracts.Learning;

/// <summary>A rule that somebody writes.</summary>
/// <param name="When">Condition over proposed action and context, e.g. <c>proposed.action == "refund" and amount &gt; 500</c>.</param>
/// <param name="Then">What happens: an action of the agent's catalogue, or <c>keep</c>, <c>patch</c>, <c>block</c>, <c>escalate</c>.</param>
/// <param name="Because">Why, for people; it is shown with every decision that the rule changes.</param>
public sealed record RuleBody(string When, string Then, string Because)
{
    /// <summary>Arguments of the new action, or what to patch.</summary>
    public JsonElement? Args { get; init; }
    /// <summary>Higher acts first, -1000 to 1000. At 0 it acts before everything learned.</summary>
    public int Priority { get; init; }
    /// <summary>Instant after which it no longer acts; absent: for good.</summary>
    public string? Until { get; init; }
}

/// <summary>A written rule that stands.</summary>
/// <param name="Id">Its id: a function of what it says.</param>
/// <param name="When">Condition.</param>
/// <param name="Then">What happens.</param>
/// <param name="Priority">Higher acts first.</param>
/// <param name="By">Who wrote it.</param>
/// <param name="IsMasked">Whether its words (reason and arguments) are left out.</param>
public sealed record RuleView(string Id, string When, string Then, int Priority, IReadOnlyList<string> By, bool IsMasked)
{
    /// <summary>Why, in the words of who wrote it.</summary>
    public string? Because { get; init; }
    /// <summary>Arguments of the new action, or what is patched.</summary>
    public JsonElement? Args { get; init; }
    /// <summary>Instant after which it no longer acts.</summary>
    public string? Until { get; init; }
}
