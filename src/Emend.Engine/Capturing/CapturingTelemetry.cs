using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Engine.Capturing;

/// <summary>Traces and metrics of this stage: source and meter <c>Emend.Capturing</c>. Counts and codes only, never content.</summary>
internal static class CapturingTelemetry
{
    public const string Name = "Emend.Capturing";

    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Signals = Meter.CreateCounter<long>("emend.capturing.signals", "{signal}", "Signals by kind and by what became of them.");
    private static readonly Counter<long> Lines = Meter.CreateCounter<long>("emend.capturing.bad_lines", "{line}", "Lines of logs that were not taken, by reason.");
    private static readonly Histogram<double> Batch = Meter.CreateHistogram<double>("emend.capturing.batch.duration", "s", "Time from a batch's arrival to its durable commit.");

    private static readonly string[] Kinds = ["accepted", "parked", "duplicate", "conflict", "refused"];

    public static void Took(string what, Acceptance[] items, TimeSpan time)
    {
        Span<int> counts = stackalloc int[Kinds.Length];
        foreach (var item in items)
        {
            if (item.Kind == AcceptanceKind.Refused) Signals.Add(1, new("emend.signal", what), new("emend.result", "refused"), new("emend.reason", item.Why!.Code));
            else counts[(int)item.Kind]++;
        }
        for (var kind = 0; kind < counts.Length; kind++)
            if (counts[kind] > 0) Signals.Add(counts[kind], new("emend.signal", what), new("emend.result", Kinds[kind]));
        Batch.Record(time.TotalSeconds, new KeyValuePair<string, object?>("emend.signal", what));
    }

    public static void BadLine(string code) => Lines.Add(1, new KeyValuePair<string, object?>("emend.reason", code));
}
