using Emend.Logic;

namespace Emend.Engine.Normalizing;

/// <summary>What a person said of one decision.</summary>
internal enum CorrectionVerdict : byte
{
    /// <summary>It was right.</summary>
    Confirm,
    /// <summary>It was wrong; another action or other arguments are right.</summary>
    Modify,
    /// <summary>Somebody with more authority must decide.</summary>
    Escalate,
    /// <summary>It was wrong; no better action is known.</summary>
    Reject,
}

/// <summary>A signal in the common schema: one verdict on one decision.</summary>
internal sealed record Correction
{
    /// <summary>The source of signals that name none: log files.</summary>
    public const string LogSource = "log";

    /// <summary>Id derived from source and idempotency key: the same signal has the same id wherever and whenever it arrives.</summary>
    public required string Id { get; init; }
    /// <summary>Where it came from; idempotency keys are unique within it.</summary>
    public string Source { get; init; } = LogSource;
    /// <summary>Idempotency key its sender gave it; null when it gave none (the id then derives from the content).</summary>
    public string? Key { get; init; }
    /// <summary>The decision it is about.</summary>
    public required string DecisionId { get; init; }
    /// <summary>The verdict.</summary>
    public required CorrectionVerdict Verdict { get; init; }
    /// <summary>The right action; set for <see cref="CorrectionVerdict.Modify"/>, null otherwise.</summary>
    public AgentAction? Action { get; init; }
    /// <summary>Code from the agent's reason taxonomy.</summary>
    public string? Reason { get; init; }
    /// <summary>Free text.</summary>
    public string? Comment { get; init; }
    /// <summary>Who said it.</summary>
    public required string By { get; init; }
    /// <summary>When, microseconds since 1970 UTC.</summary>
    public required long At { get; init; }
}
