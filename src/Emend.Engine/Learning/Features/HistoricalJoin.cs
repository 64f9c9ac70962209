using System.Runtime.InteropServices;
using Emend.Engine.Capturing;
using Emend.Engine.Storage;
using Emend.Logic;

namespace Emend.Engine.Learning.Features;

/// <summary>Something to be asked of a view: what was its value for a key, as far as it was known at an instant?</summary>
/// <param name="Key">The key as the view holds it; null: nobody of that name is known.</param>
/// <param name="At">Events recorded at or before this instant are known; the window ends in its grain. Microseconds since 1970 UTC.</param>
internal readonly record struct FeatureAsk(string? Key, long At);

/// <summary>
/// Point-in-time values for many rows: one ordered pass over the events of a feature, in the order they became known, with the rows sorted by the instant they
/// ask about. No row can see what was recorded after its instant, for nothing after it has been read.
/// </summary>
internal sealed class HistoricalJoin(IWorkspaceStore store)
{
    private readonly FeatureKeys _keys = new(store);

    /// <summary>Asks for the values of a key, given by its parts.</summary>
    public Answer<FeatureAsk> Ask(KnownView known, IReadOnlyDictionary<string, FeatureValue> key, long at) => _keys.Of(known.Definition, key) switch
    {
        Answer<string?>.Granted(var text) => new FeatureAsk(text, at),
        Answer<string?>.Refused(var why) => why,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Values of one feature, in the order of the asks.</summary>
    public Answer<FeatureValue[]> Of(KnownView known, Series series, IReadOnlyList<FeatureAsk> asks, CancellationToken cancel)
    {
        if (!known.IsReady) return new ViewIsFilling(known.Definition.Reference, known.Filled, known.Since);
        using var activity = FeatureTelemetry.Source.StartActivity("join features");
        var view = known.Definition;
        var measure = series.Feature.Measure;
        var values = new FeatureValue[asks.Count];
        var windows = new Dictionary<long, SlidingWindow>();
        var order = new (long At, SlidingWindow? Window, int Row)[asks.Count];
        var ids = Ids(known.View.Id, asks);
        for (var i = 0; i < order.Length; i++)
        {
            SlidingWindow? window = null;
            if (ids[i] is { } id && !windows.TryGetValue(id, out window)) windows.Add(id, window = new(view, measure));
            order[i] = (asks[i].At, window, i);
        }
        Array.Sort(order, static (a, b) => a.At.CompareTo(b.At));
        store.Read(connection =>
        {
            using var command = connection.CreateCommand();
            var hasMembers = measure is Measure.Last or Measure.Distinct;
            command.CommandText = hasMembers ? FeatureSql.Members : FeatureSql.Amounts;
            using var rows = command.Bind("@series", series.Id).Bind("@to", order.Length == 0 ? long.MinValue : order[^1].At).ExecuteReader();
            var next = 0;
            var read = 0L;
            while (rows.Read())
            {
                if ((++read & 0xFFFF) == 0) cancel.ThrowIfCancellationRequested();
                var at = rows.GetInt64(0);
                while (next < order.Length && order[next].At < at) Answer(order[next++]);
                ref var window = ref CollectionsMarshal.GetValueRefOrNullRef(windows, rows.GetInt64(1));
                if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref window)) continue;
                window.Add(rows.GetInt64(2), rows.GetInt64(3), hasMembers ? rows.GetString(4) : null, hasMembers ? SignalRows.Text(rows, 5) : null);
            }
            while (next < order.Length) Answer(order[next++]);
            activity?.SetTag("emend.events", read);
            return read;
        });
        FeatureTelemetry.Read(asks.Count == 1 ? "as-of" : "joined", asks.Count);
        return values;

        void Answer((long At, SlidingWindow? Window, int Row) ask)
        {
            var sums = ask.Window?.At(ask.At) ?? WindowSums.None;
            values[ask.Row] = sums.Value(view, measure, view.GrainOf(ask.At));
        }
    }

    /// <summary>Values of all features of a view, one pass each.</summary>
    public Answer<IReadOnlyList<FeatureValue[]>> OfAll(KnownView known, IReadOnlyList<FeatureAsk> asks, CancellationToken cancel)
    {
        var all = new List<FeatureValue[]>();
        foreach (var series in known.View.Series)
        {
            switch (Of(known, series, asks, cancel))
            {
                case Answer<FeatureValue[]>.Granted(var values): all.Add(values); break;
                case Answer<FeatureValue[]>.Refused(var why): return why;
            }
        }
        return all;
    }

    // Rows tend to ask for few keys many times: each is looked up once.
    private long?[] Ids(long view, IReadOnlyList<FeatureAsk> asks) => store.Read(connection =>
    {
        var ids = new long?[asks.Count];
        var known = new Dictionary<string, long?>(StringComparer.Ordinal);
        using var command = connection.CreateCommand();
        command.CommandText = FeatureSql.KeyId;
        for (var i = 0; i < ids.Length; i++)
        {
            if (asks[i].Key is not { } key) continue;
            if (!known.TryGetValue(key, out var id)) known.Add(key, id = command.Bind("@view", view).Bind("@key", key).ExecuteScalar() as long?);
            ids[i] = id;
        }
        return ids;
    });
}
