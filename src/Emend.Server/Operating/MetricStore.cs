using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Emend.Server.Operating;

/// <summary>The newest value of every metric of ours and of the parts we run on, for whoever scrapes it.</summary>
/// <remarks>
/// Bounded: of one instrument at most <see cref="MaxSeries"/> series are kept, the rest is added up in one marked
/// <c>overflow</c>. Only tags of a fixed list are kept, so that a tag somebody adds carelessly cannot carry an id of a person.
/// </remarks>
internal sealed class MetricStore : IDisposable
{
    /// <summary>Series of one instrument at most.</summary>
    public const int MaxSeries = 500;

    private const int MaxTag = 100;

    private static readonly string[] Meters = ["Emend.", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <summary>Tags that are kept: kinds, codes, ids of agents and names of workspaces.</summary>
    internal static readonly IReadOnlySet<string> Tags = new HashSet<string>(StringComparer.Ordinal)
    {
        "agent", "arm", "change", "code", "fault", "kind", "lane", "reason", "release", "result", "ruled", "type", "workspace", "severity",
        "http.request.method", "http.response.status_code", "http.route", "error.type", "gc.heap.generation", "dotnet.gc.heap.generation", "cpu.mode", "network.protocol.version",
    };

    private static readonly KeyValuePair<string, string>[] Overflow = [new("overflow", "true")];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, Family> _families = new();

    public MetricStore()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!Array.Exists(Meters, prefix => instrument.Meter.Name.StartsWith(prefix, StringComparison.Ordinal))) return;
            listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, static one => new Family(one)));
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((Family)family!).Take(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((Family)family!).Take(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((Family)family!).Take(value, tags));
        _listener.Start();
    }

    /// <summary>Everything in the text format of Prometheus.</summary>
    public string Text()
    {
        foreach (var family in _families.Values) family.Forget();
        _listener.RecordObservableInstruments();
        return PrometheusText.Of(_families.Values);
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>All series of one instrument.</summary>
    internal sealed class Family(Instrument instrument)
    {
        // Upper bounds, seconds and milliseconds alike: from a cached answer to one that is given up.
        private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000];

        // Tags seen before, as they came, with their series: a request costs three of these and must not build a text for each.
        private const int MaxKnown = 32;
        private volatile (KeyValuePair<string, object?>[] Tags, Series Series)[] _known = [];

        private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);

        public Instrument Instrument => instrument;

        public bool IsHistogram { get; } = instrument.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Histogram<>);

        public bool IsGauge { get; } = instrument.GetType().Name is { } name && (name.Contains("Gauge", StringComparison.Ordinal) || name.Contains("UpDown", StringComparison.Ordinal));

        // An observed instrument says its whole value at every look; a counter or an up-down counter says what to add.
        private bool IsAbsolute { get; } = instrument.IsObservable || instrument.GetType().Name.StartsWith("Gauge", StringComparison.Ordinal);

        public IEnumerable<Series> All => _series.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => pair.Value);

        /// <summary>What is observed is asked anew at every look: what is not there any more must not stay.</summary>
        public void Forget()
        {
            if (!instrument.IsObservable) return;
            _series.Clear();
            _known = [];
        }

        public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var known = _known;
            foreach (var (seen, its) in known)
            {
                if (!IsSame(seen, tags)) continue;
                its.Take(value, IsAbsolute);
                return;
            }
            var kept = Kept(tags);
            var key = string.Join('\n', kept.Select(static tag => tag.Key + '=' + tag.Value));
            if (!_series.TryGetValue(key, out var series))
            {
                if (_series.Count >= MaxSeries) (key, kept) = ("overflow", Overflow);
                series = _series.GetOrAdd(key, _ => new Series(kept, IsHistogram ? Bounds : []));
            }
            series.Take(value, IsAbsolute);
            // Two at once may forget one of them; it is remembered the next time.
            if (known.Length < MaxKnown) _known = [.. known, (tags.ToArray(), series)];
        }

        private static bool IsSame(KeyValuePair<string, object?>[] seen, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (seen.Length != tags.Length) return false;
            for (var i = 0; i < seen.Length; i++)
                if (!string.Equals(seen[i].Key, tags[i].Key, StringComparison.Ordinal) || !Equals(seen[i].Value, tags[i].Value)) return false;
            return true;
        }

        private static KeyValuePair<string, string>[] Kept(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.IsEmpty) return [];
            var kept = new List<KeyValuePair<string, string>>(tags.Length);
            foreach (var (name, value) in tags)
            {
                if (!Tags.Contains(name)) continue;
                var text = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "";
                kept.Add(new(name, text.Length > MaxTag ? text[..MaxTag] : text));
            }
            kept.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
            return [.. kept];
        }
    }

    /// <summary>One series.</summary>
    internal sealed class Series(KeyValuePair<string, string>[] tags, double[] bounds)
    {
        private readonly Lock _gate = new();
        private readonly long[] _buckets = new long[bounds.Length + 1];
        private double _value;
        private long _count;

        public IReadOnlyList<KeyValuePair<string, string>> Tags => tags;

        public IReadOnlyList<double> Bounds => bounds;

        public void Take(double value, bool isAbsolute)
        {
            lock (_gate)
            {
                _value = isAbsolute ? value : _value + value;
                _count++;
                if (bounds.Length == 0) return;
                var at = Array.FindIndex(bounds, bound => value <= bound);
                _buckets[at < 0 ? bounds.Length : at]++;
            }
        }

        /// <summary>Sum or value, how many there were, and how many in each bucket.</summary>
        public (double Value, long Count, long[] Buckets) Read()
        {
            lock (_gate) return (_value, _count, [.. _buckets]);
        }
    }
}
