using System.Diagnostics.Metrics;

namespace Emend.Engine.Learning.DataSets;

/// <summary>Telemetry of data sets: part of the stage Learning.</summary>
internal static class LearningExports
{
    private static readonly Meter s_meter = new(LearningTelemetry.Name);
    private static readonly Counter<long> s_rows = s_meter.CreateCounter<long>("emend.learning.datasets.rows", description: "Rows of data sets written, by format.");

    /// <summary>Counts rows that were written.</summary>
    public static void Count(ExportFormat format, long rows) => s_rows.Add(rows, new KeyValuePair<string, object?>("kind", format.Name()));
}
