using System.Diagnostics.Metrics;
using Emend.Engine.Observing.Alerts;

namespace Emend.Server.Operating;

/// <summary>States of the server as metrics, looked up when somebody asks.</summary>
internal sealed class ServerGauges : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Emend.Operating";

    private readonly Workspaces _workspaces;
    private readonly Readiness _readiness;
    private readonly Meter _meter = new(Name);

    public ServerGauges(Workspaces workspaces, Readiness readiness)
    {
        (_workspaces, _readiness) = (workspaces, readiness);
        _meter.CreateObservableGauge("emend.operating.disk.free", () => _readiness.Disk is { } disk ? [new Measurement<long>(disk.Free)] : Array.Empty<Measurement<long>>(), "By", "Bytes free on the disk of the data directory.");
        _meter.CreateObservableGauge("emend.operating.entries", () => Each(static engine => engine.Store.Size), "{entry}", "Entries of the journal.");
        _meter.CreateObservableGauge("emend.operating.projection.lag", () => Each(static engine => Readiness.Behind(engine.Store)), "{entry}", "Entries that the read model furthest behind has not taken in.");
        _meter.CreateObservableGauge("emend.operating.messages.waiting", () => Each(static engine => engine.DeadLetters.Waiting()), "{message}", "Messages to webhooks that wait for an attempt.");
        _meter.CreateObservableGauge("emend.operating.journal.failed", () => Each(static engine => engine.Store.Failure is null ? 0 : 1), "{journal}", "Whether the journal accepts nothing any more.");
        _meter.CreateObservableGauge("emend.operating.alerts.open", Alerts, "{alert}", "Alerts that last, by kind.");
    }

    public void Dispose() => _meter.Dispose();

    private List<Measurement<long>> Each(Func<Engine.EmendEngine, long> value)
    {
        var all = new List<Measurement<long>>();
        foreach (var (name, engine) in _workspaces.Open())
            if (Readable(() => value(engine)) is { } read) all.Add(new(read, new KeyValuePair<string, object?>("workspace", name)));
        return all;
    }

    // A kind without an alert is a 0, not a gap: who alarms on a metric needs to see it end.
    private List<Measurement<long>> Alerts()
    {
        var all = new List<Measurement<long>>();
        foreach (var (name, engine) in _workspaces.Open())
        {
            var open = new Dictionary<string, int>(StringComparer.Ordinal);
            if (Readable(() =>
            {
                foreach (var (kind, count) in engine.Alerts.Open().CountBy(static alert => alert.Kind, StringComparer.Ordinal)) open[kind] = count;
                return 0L;
            }) is null) continue;
            foreach (var kind in AlertKind.All)
            {
                all.Add(new(open.GetValueOrDefault(kind.Code), new("workspace", name), new("kind", kind.Code), new("severity", kind.Severity.ToString().ToLowerInvariant())));
            }
        }
        return all;
    }

    // A store that closes or a disk that fails leaves a gap in the curve; it must not take the other metrics with it.
    private static long? Readable(Func<long> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is ObjectDisposedException or Microsoft.Data.Sqlite.SqliteException or Engine.Storage.StorageException or InvalidOperationException)
        {
            return null;
        }
    }
}
