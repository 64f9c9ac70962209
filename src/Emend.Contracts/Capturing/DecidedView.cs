using System.Text.Json;

namespace Emend.Contracts.Capturing;

/// <summary>What to do with one decision, and why.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Disposition"><c>kept</c>, <c>changed</c>, <c>blocked</c> or <c>escalated</c>.</param>
/// <param name="Cause">What decided: <c>agent</c>, <c>rule</c>, <c>guardrail</c>, <c>kill-switch</c>.</param>
/// <param name="Arm">Side of a release: <c>stable</c>, <c>canary</c> or <c>shadow</c>.</param>
public sealed record DecidedView(string DecisionId, string Disposition, string Cause, string Arm)
{
    /// <summary>What to do; absent when nothing is to be done or a person is asked.</summary>
    public string? Action { get; init; }
    /// <summary>Its arguments.</summary>
    public JsonElement? Args { get; init; }
    /// <summary>Id of the rule or guardrail that decided.</summary>
    public string? Rule { get; init; }
    /// <summary>Digest of the bundle it is part of.</summary>
    public string? Bundle { get; init; }
}
