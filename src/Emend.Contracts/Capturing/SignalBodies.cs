using System.Text.Json;

namespace Emend.Contracts.Capturing;

/// <summary>An action with its arguments.</summary>
/// <param name="Action">Label from the agent's catalogue.</param>
public sealed record ActionBody(string Action)
{
    /// <summary>Arguments, an object.</summary>
    public JsonElement? Args { get; init; }
}

/// <summary>A decision as agents send it and logs hold it.</summary>
/// <param name="Id">Id of its own, unique in the workspace; 1 to 200 characters.</param>
/// <param name="OccurredAt">When the agent decided: ISO 8601 with a zone.</param>
/// <param name="Agent">The agent.</param>
/// <param name="Proposed">What it proposed.</param>
public sealed record DecisionBody(string Id, string OccurredAt, string Agent, ActionBody Proposed)
{
    /// <summary>Kind of task.</summary>
    public string? TaskType { get; init; }
    /// <summary>Input text.</summary>
    public string? Input { get; init; }
    /// <summary>Features: strings, numbers, booleans, arrays of strings.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Features { get; init; }
    /// <summary>How sure the agent was, 0 to 1.</summary>
    public double? Confidence { get; init; }
    /// <summary>Whom it is about.</summary>
    public string? Subject { get; init; }
    /// <summary>Trace or case it belongs to.</summary>
    public string? CorrelationId { get; init; }
}

/// <summary>A correction as people's tools send it and logs hold it.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Verdict"><c>confirm</c>, <c>modify</c>, <c>escalate</c> or <c>reject</c>.</param>
/// <param name="By">Who says it, by a stable handle.</param>
/// <param name="At">When: ISO 8601 with a zone.</param>
public sealed record CorrectionBody(string DecisionId, string Verdict, string By, string At)
{
    /// <summary>Label of the right action, for <c>modify</c>.</summary>
    public string? Action { get; init; }
    /// <summary>Its arguments, an object.</summary>
    public JsonElement? Args { get; init; }
    /// <summary>Reason code of the agent's taxonomy.</summary>
    public string? Reason { get; init; }
    /// <summary>Free text.</summary>
    public string? Comment { get; init; }
    /// <summary>Same key and same content: the first receipt. Same key, other content: 409. Also the header <c>Idempotency-Key</c>.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>What became of a decision.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Metric">Name of the metric; <c>truth</c> names the action that was right.</param>
/// <param name="At">When: ISO 8601 with a zone.</param>
public sealed record OutcomeBody(string DecisionId, string Metric, string At)
{
    /// <summary>Its value.</summary>
    public double? Value { get; init; }
    /// <summary>The action that was right, for <c>truth</c>.</summary>
    public string? Action { get; init; }
    /// <summary>Its arguments, an object.</summary>
    public JsonElement? Args { get; init; }
}
