using Emend.Logic;

namespace Emend.Engine.Normalizing;

/// <summary>One thing an agent proposed to do. Immutable.</summary>
internal sealed record Decision
{
    /// <summary>Id given by the agent, unique in the workspace; 1 to 200 characters.</summary>
    public required string Id { get; init; }
    /// <summary>When the agent decided, microseconds since 1970 UTC.</summary>
    public required long OccurredAt { get; init; }
    /// <summary>The agent.</summary>
    public required string Agent { get; init; }
    /// <summary>Typed features, task type and input text.</summary>
    public required Context Context { get; init; }
    /// <summary>What it wanted to do.</summary>
    public required AgentAction Proposed { get; init; }
    /// <summary>How sure it was, 0 to 1; null when it did not say.</summary>
    public double? Confidence { get; init; }
    /// <summary>Whom the decision is about (data subject), as the agent names them; null when nobody.</summary>
    public string? Subject { get; init; }
    /// <summary>Trace or case it belongs to.</summary>
    public string? CorrelationId { get; init; }
}
