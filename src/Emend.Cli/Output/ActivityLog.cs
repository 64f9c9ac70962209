using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Emend.Cli.Output;

/// <summary>
/// Structured log of a command: one JSON line per finished activity of Emend's sources, then the totals of its counters. Holds
/// names, durations, counts and codes; the sources put nothing else into their tags.
/// </summary>
internal sealed class ActivityLog : IDisposable
{
    private const string Prefix = "Emend.";
    private readonly Lock _gate = new();
    private readonly FileStream _file;
    private readonly ActivityListener _activities;
    private readonly MeterListener _meters = new();
    private readonly SortedDictionary<string, long> _totals = new(StringComparer.Ordinal);

    private ActivityLog(FileStream file)
    {
        _file = file;
        _activities = new ActivityListener
        {
            ShouldListenTo = static source => source.Name.StartsWith(Prefix, StringComparison.Ordinal),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = Write,
        };
        ActivitySource.AddActivityListener(_activities);
        _meters.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith(Prefix, StringComparison.Ordinal) && instrument is Counter<long>) listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _meters.Start();
    }

    /// <summary>Appends to a file.</summary>
    public static ActivityLog To(string path) => new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite));

    /// <inheritdoc/>
    public void Dispose()
    {
        _activities.Dispose();
        _meters.Dispose();
        lock (_gate)
        {
            Line(json =>
            {
                json.WriteString("name", "totals");
                foreach (var (name, total) in _totals) json.WriteNumber(name, total);
            });
            _file.Dispose();
        }
    }

    private void Write(Activity activity)
    {
        lock (_gate)
        {
            Line(json =>
            {
                json.WriteString("at", activity.StartTimeUtc.ToString("O", CultureInfo.InvariantCulture));
                json.WriteString("source", activity.Source.Name);
                json.WriteString("name", activity.OperationName);
                json.WriteNumber("ms", Math.Round(activity.Duration.TotalMilliseconds, 3));
                foreach (var (tag, value) in activity.TagObjects) json.WriteString(tag, Convert.ToString(value, CultureInfo.InvariantCulture));
            });
        }
    }

    private void Add(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = instrument.Name;
        foreach (var (_, tag) in tags) name += "/" + Convert.ToString(tag, CultureInfo.InvariantCulture);
        lock (_gate) _totals[name] = _totals.GetValueOrDefault(name) + value;
    }

    private void Line(Action<Utf8JsonWriter> write)
    {
        using (var json = new Utf8JsonWriter(_file, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        _file.WriteByte((byte)'\n');
    }
}
