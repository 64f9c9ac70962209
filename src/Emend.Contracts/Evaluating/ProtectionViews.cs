using System.Text.Json;

namespace Emend.Contracts.Evaluating;

/// <summary>Protects the case of a decision: whatever is learned, this must come out.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="Expect">Label of the action that must come out.</param>
/// <param name="Why">The reason.</param>
public sealed record GoldenBody(string Decision, string Expect, string Why)
{
    /// <summary>Its arguments.</summary>
    public JsonElement? Args { get; init; }
}

/// <summary>The protected cases of an agent.</summary>
/// <param name="Digest">Name of exactly this set.</param>
/// <param name="Cases">The cases.</param>
public sealed record GoldenSetView(string Digest, IReadOnlyList<GoldenCaseView> Cases);

/// <summary>A protected case.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Expect">Label of the action that must come out.</param>
/// <param name="Why">Why.</param>
public sealed record GoldenCaseView(string Id, string Expect, string Why);

/// <summary>An invariant no version of the logic may break.</summary>
/// <param name="When">Condition in its text form, e.g. <c>proposed.action == "refund" and amount &gt; 500</c>.</param>
/// <param name="Then"><c>block</c> or <c>escalate</c>.</param>
/// <param name="Because">Why, for people.</param>
public sealed record GuardrailBody(string When, string Then, string Because);

/// <summary>A guardrail with its id.</summary>
/// <param name="Id">Its id.</param>
/// <param name="When">Condition.</param>
/// <param name="Then"><c>block</c> or <c>escalate</c>.</param>
/// <param name="Because">Why.</param>
public sealed record GuardrailView(string Id, string When, string Then, string Because);
