using System.Collections.Immutable;
using Emend.Engine.Observing.Drift;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Engine.Trust;

namespace Emend.Engine.Observing.Alerts;

/// <summary>Room on the disk of the data directory.</summary>
/// <param name="Free">Bytes free for us.</param>
/// <param name="Total">Bytes in all.</param>
internal readonly record struct DiskSpace(long Free, long Total)
{
    /// <summary>Room where a path lies; null when the system does not tell.</summary>
    public static DiskSpace? Of(string path)
    {
        try
        {
            var drive = new DriveInfo(Path.GetFullPath(path));
            return new(drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>How the last verification of the journal ended.</summary>
/// <param name="IsSound">Whether nothing is wrong.</param>
/// <param name="FirstBadIndex">First entry something is wrong with.</param>
internal sealed record VerificationResult(bool IsSound, long? FirstBadIndex);

/// <summary>What the host knows and the journal does not. What is null is not known, and alerts on it stay as they are.</summary>
internal sealed record Surroundings
{
    /// <summary>Nothing is known.</summary>
    public static Surroundings Unknown { get; } = new();
    /// <summary>Room on the disk.</summary>
    public DiskSpace? Disk { get; init; }
    /// <summary>Last verification.</summary>
    public VerificationResult? Verification { get; init; }
}

/// <summary>Records that a client lost.</summary>
/// <param name="Client">Name of the client.</param>
/// <param name="Lost">Records lost in all, by reason.</param>
/// <param name="At">When the last loss became known, microseconds since 1970 UTC.</param>
internal sealed record ClientLoss(string Client, ImmutableSortedDictionary<string, long> Lost, long At);

/// <summary>A release under way and when a decision last reached its candidate.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Release">The release.</param>
/// <param name="LastReached">When; null when none did at this step.</param>
internal sealed record ObservedRelease(string Agent, Release Release, long? LastReached);

/// <summary>A bundle that was taken back.</summary>
internal sealed record TakenBack(long Entry, string Agent, string Bundle, bool ByPolicy, long At);

/// <summary>Everything the rules look at.</summary>
internal sealed record Observations
{
    /// <summary>When, microseconds since 1970 UTC.</summary>
    public required long Now { get; init; }
    /// <summary>What waits for its decision: how many, and since when the oldest.</summary>
    public (long Count, long Oldest) Parked { get; init; }
    /// <summary>Releases under way.</summary>
    public ImmutableArray<ObservedRelease> Releases { get; init; } = [];
    /// <summary>Bundles taken back lately.</summary>
    public ImmutableArray<TakenBack> TakenBack { get; init; } = [];
    /// <summary>Rates of corrections by agent; agents with too few decisions are not in it.</summary>
    public ImmutableArray<(string Agent, CorrectionRateFinding Finding)> Rates { get; init; } = [];
    /// <summary>How agents, their logic and their inputs drift.</summary>
    public ImmutableArray<DriftReport> Drift { get; init; } = [];
    /// <summary>Logic that does not act for the time being.</summary>
    public ImmutableArray<(string Agent, string Logic)> Suspended { get; init; } = [];
    /// <summary>Bundles on boards that may not act.</summary>
    public ImmutableArray<UnusableBundle> Unusable { get; init; } = [];
    /// <summary>Messages given up by webhook.</summary>
    public ImmutableArray<(string Webhook, long Count)> DeadMessages { get; init; } = [];
    /// <summary>Clients that lost records lately.</summary>
    public ImmutableArray<ClientLoss> Losses { get; init; } = [];
    /// <summary>What the newest corrections look like.</summary>
    public TrustObservation Trust { get; init; } = new([], [], []);
    /// <summary>What the host knows.</summary>
    public Surroundings Around { get; init; } = Surroundings.Unknown;
}
