namespace Emend.Engine.Observing.Alerts;

/// <summary>When something is worth an alert.</summary>
internal sealed record AlertPolicy
{
    /// <summary>What nobody changed.</summary>
    public static AlertPolicy Default { get; } = new();

    /// <summary>How long a correction may wait for its decision. Default one day.</summary>
    public TimeSpan ParkedTooLong { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long a release may go on without a decision that reaches its candidate. Default 30 minutes.</summary>
    public TimeSpan CanarySilence { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>After how long without a decision at its step a release is taken back. Default 7 days.</summary>
    public TimeSpan CanaryDeadline { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Share of the disk below which it is low. Default 5 %.</summary>
    public double DiskShare { get; init; } = 0.05;

    /// <summary>Bytes free below which it is low, however large the disk. Default 1 GiB.</summary>
    public long DiskBytes { get; init; } = 1L << 30;

    /// <summary>How long a loss that a client reported keeps its alert open. Default one hour.</summary>
    public TimeSpan LossIsRecent { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a taken-back release is still news when the watch starts. Default 7 days.</summary>
    public TimeSpan NewsIsRecent { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Watch on rates of corrections.</summary>
    public CorrectionRatePolicy CorrectionRate { get; init; } = new();
}
