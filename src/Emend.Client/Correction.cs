using Emend.Logic;

namespace Emend.Client;

/// <summary>What a person says of a decision.</summary>
public enum CorrectionVerdict
{
    /// <summary>It was right.</summary>
    Confirm,
    /// <summary>It should have been something else, which is known.</summary>
    Modify,
    /// <summary>A person should have been asked.</summary>
    Escalate,
    /// <summary>It was wrong, but no better action is known.</summary>
    Reject,
}

/// <summary>One person's verdict on one decision.</summary>
public sealed record Correction
{
    /// <summary>The decision. It need not have reached the server yet.</summary>
    public required string DecisionId { get; init; }

    /// <summary>The verdict.</summary>
    public required CorrectionVerdict Verdict { get; init; }

    /// <summary>What would have been right; for <see cref="CorrectionVerdict.Modify"/> only, and there required.</summary>
    public AgentAction? Action { get; init; }

    /// <summary>Code from the agent's reasons.</summary>
    public string? Reason { get; init; }

    /// <summary>Why, in words.</summary>
    public string? Comment { get; init; }

    /// <summary>Who says so, by a stable handle.</summary>
    public required string By { get; init; }

    /// <summary>When; null: now.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Key under which this correction counts once however often it is sent; null: one is made, and returned.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>What became of a correction.</summary>
/// <param name="IsRecorded">Whether it is on disk here and will be sent. When false nothing of it is kept; <see cref="Capturing.RecordCounts"/> says why under its reason.</param>
/// <param name="IdempotencyKey">Its key.</param>
public readonly record struct CorrectionReceipt(bool IsRecorded, string IdempotencyKey);

/// <summary>What became known of a decision later.</summary>
public sealed record Outcome
{
    /// <summary>The decision.</summary>
    public required string DecisionId { get; init; }

    /// <summary>Name of the metric, e.g. <c>reopened</c>, <c>csat</c>; <c>truth</c> names the action that was right.</summary>
    public required string Metric { get; init; }

    /// <summary>The metric's number; 1 and 0 for yes and no. Required unless the metric is <c>truth</c>.</summary>
    public double? Value { get; init; }

    /// <summary>For <c>truth</c>: the action that was right.</summary>
    public AgentAction? Action { get; init; }

    /// <summary>When; null: now.</summary>
    public DateTimeOffset? At { get; init; }
}
