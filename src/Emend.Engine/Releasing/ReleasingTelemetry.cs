using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Engine.Releasing;

/// <summary>Traces and metrics of the releasing stage: types and codes only.</summary>
internal static class ReleasingTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Emend.Releasing";

    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    /// <summary>Changes committed, by type of entry.</summary>
    public static readonly Counter<long> Changes = Meter.CreateCounter<long>("emend.releasing.changes", "{change}", "Changes of candidates and releases, by type.");

    /// <summary>Runs of the fast lane, by what they came to.</summary>
    public static readonly Counter<long> FastLane = Meter.CreateCounter<long>("emend.releasing.fast_lane", "{run}", "Runs of the fast lane, by outcome, code of the refusal, or failed.");

    /// <summary>Changes refused, by code.</summary>
    public static readonly Counter<long> Refused = Meter.CreateCounter<long>("emend.releasing.refused", "{change}", "Changes refused, by code.");
}
