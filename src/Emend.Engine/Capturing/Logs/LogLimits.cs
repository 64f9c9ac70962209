using Emend.Logic;

namespace Emend.Engine.Capturing.Logs;

/// <summary>What a line may be at most.</summary>
/// <param name="LatestAt">Times after this are refused, microseconds since 1970 UTC.</param>
internal sealed record LogLimits(long LatestAt)
{
    /// <summary>How far a sender's clock may run ahead of ours before its times are refused.</summary>
    public static TimeSpan ClockTolerance { get; } = TimeSpan.FromHours(24);

    /// <summary>Deepest nesting of a line.</summary>
    public const int MaxDepth = 64;

    /// <summary>Longest id, label, name or code, in UTF-16 units.</summary>
    public const int MaxName = 200;

    /// <summary>Longest line in bytes. Default 1 MiB.</summary>
    public int MaxLineBytes { get; init; } = 1 << 20;

    /// <summary>The limits at this moment.</summary>
    public static LogLimits At(TimeProvider clock) => new(FeatureValue.UnixMicroseconds(clock.GetUtcNow() + ClockTolerance));
}
