using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Engine.Serving;

/// <summary>Traces and metrics of the serving stage: counts only.</summary>
internal static class ServingTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Emend.Serving";

    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    /// <summary>Decisions served, by arm.</summary>
    public static readonly Counter<long> Served = Meter.CreateCounter<long>("emend.serving.served", "{decision}", "Decisions served, by arm.");
}
