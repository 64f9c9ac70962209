using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Engine.Observing;

/// <summary>Traces and metrics of the observing stage: counts only.</summary>
internal static class ObservingTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Emend.Observing";

    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    /// <summary>Releases taken back by their bad outcomes.</summary>
    public static readonly Counter<long> TakenBack = Meter.CreateCounter<long>("emend.observing.taken-back", "{release}", "Releases taken back automatically.");
}
