using System.Collections.Immutable;

namespace Emend.Engine.Observing.Drift;

/// <summary>How urgent a stream is.</summary>
internal enum DriftLevel : byte
{
    /// <summary>Too few judged cases to say anything.</summary>
    Unknown,
    /// <summary>As usual.</summary>
    Steady,
    /// <summary>Worth watching.</summary>
    Warning,
    /// <summary>More errors than tolerated.</summary>
    Alarm,
}

/// <summary>How an agent, its slices, its rules and its inputs stand.</summary>
internal sealed record DriftReport
{
    /// <summary>The agent.</summary>
    public required string Agent { get; init; }
    /// <summary>Its proposals, in all and by slice; then what its logic changed.</summary>
    public required ImmutableArray<StreamFinding> Streams { get; init; }
    /// <summary>Features that shifted or might have, the clearest first.</summary>
    public required ImmutableArray<FeatureShift> Inputs { get; init; }
    /// <summary>How it is watched.</summary>
    public required DriftPolicy Policy { get; init; }

    /// <summary>Evidence at which a stream raises an alarm: the more are watched, the more each needs.</summary>
    public double AlarmLine(StreamFinding stream) => Policy.Alarm * Group(stream);

    /// <summary>How urgent a stream is.</summary>
    public DriftLevel LevelOf(StreamFinding stream) =>
        stream.Tolerated is null ? DriftLevel.Unknown
        : stream.IsAlarmed ? DriftLevel.Alarm
        : stream.Evidence >= Policy.Warning * Group(stream) ? DriftLevel.Warning
        : DriftLevel.Steady;

    /// <summary>What is to be suspended: logic that is wrong more often than tolerated, and breaks more than it fixes.</summary>
    public IEnumerable<StreamFinding> Harmful => Streams.Where(static stream => stream is { Kind: StreamKind.Rule or StreamKind.Corrector, IsAlarmed: true } && stream.Breaks > stream.Fixes);

    private int Group(StreamFinding stream)
    {
        var isLogic = stream.Kind is StreamKind.Rule or StreamKind.Corrector;
        return Streams.Count(other => isLogic == other.Kind is StreamKind.Rule or StreamKind.Corrector);
    }
}
