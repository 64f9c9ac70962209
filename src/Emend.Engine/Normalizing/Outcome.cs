using Emend.Logic;

namespace Emend.Engine.Normalizing;

/// <summary>What happened after a decision: a named metric, either a number or (metric <c>truth</c>) the action that was right.</summary>
internal sealed record Outcome
{
    /// <summary>The metric that reveals the right action.</summary>
    public const string Truth = "truth";

    /// <summary>The decision.</summary>
    public required string DecisionId { get; init; }
    /// <summary>Name of the metric, e.g. <c>truth</c>, <c>reopened</c>, <c>csat</c>.</summary>
    public required string Metric { get; init; }
    /// <summary>Value of a numeric metric.</summary>
    public double? Value { get; init; }
    /// <summary>The right action, for metric <c>truth</c>.</summary>
    public AgentAction? Action { get; init; }
    /// <summary>When, microseconds since 1970 UTC.</summary>
    public required long At { get; init; }
}
