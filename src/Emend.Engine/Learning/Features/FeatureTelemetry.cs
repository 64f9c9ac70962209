using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Engine.Learning.Features;

/// <summary>Telemetry of the feature store: part of the stage Learning.</summary>
internal static class FeatureTelemetry
{
    private static readonly Meter s_meter = new(LearningTelemetry.Name);
    private static readonly Counter<long> s_views = s_meter.CreateCounter<long>("emend.learning.features.views", description: "Feature views defined.");
    private static readonly Counter<long> s_reads = s_meter.CreateCounter<long>("emend.learning.features.reads", description: "Values read, by how: latest, as-of, joined.");

    /// <summary>Spans of looks back.</summary>
    public static readonly ActivitySource Source = new(LearningTelemetry.Name);

    /// <summary>Counts a definition.</summary>
    public static void Defined(FeatureView view) => s_views.Add(1, new KeyValuePair<string, object?>("kind", FeatureViewJson.Name(view.Of)));

    /// <summary>Counts values that were read.</summary>
    public static void Read(string how, long values) => s_reads.Add(values, new KeyValuePair<string, object?>("kind", how));
}
