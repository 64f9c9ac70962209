using Emend.Engine.Storage;
using Emend.Logic;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Learning.Features;

/// <summary>The latest value of features, for serving: adds up the sums of one window, whatever the number of events.</summary>
internal sealed class LatestFeatures(IWorkspaceStore store, TimeProvider clock)
{
    private readonly FeatureKeys _keys = new(store);

    /// <summary>Values of all features of a view now.</summary>
    public Answer<IReadOnlyList<Feature>> Of(KnownView known, IReadOnlyDictionary<string, FeatureValue> key)
    {
        if (!known.IsReady) return new ViewIsFilling(known.Definition.Reference, known.Filled, known.Since);
        var asked = _keys.Of(known.Definition, key);
        if (asked is not Answer<string?>.Granted(var text)) return ((Answer<string?>.Refused)asked).Why;
        var now = known.Definition.GrainOf(Microseconds.Of(clock.GetUtcNow()));
        FeatureTelemetry.Read("latest", known.View.Series.Length);
        return store.Read(connection =>
        {
            var id = text is null ? null : Command(connection, FeatureSql.KeyId).Bind("@view", known.View.Id).Bind("@key", text).ExecuteScalar() as long?;
            var values = new List<Feature>(known.View.Series.Length);
            foreach (var series in known.View.Series)
            {
                var sums = id is { } at ? Sums(connection, known.Definition, series, at, now) : WindowSums.None;
                values.Add(new(series.Feature.Name, sums.Value(known.Definition, series.Feature.Measure, now)));
            }
            return (Answer<IReadOnlyList<Feature>>)values;
        });
    }

    private static WindowSums Sums(SqliteConnection connection, FeatureView view, Series series, long key, long now)
    {
        var after = view.Window is null ? long.MinValue : now - view.Grains;
        var sql = series.Feature.Measure switch { Measure.Last => FeatureSql.LastMember, Measure.Distinct => FeatureSql.CountMembers, _ => FeatureSql.SumCells };
        using var command = Command(connection, sql).Bind("@series", series.Id).Bind("@key", key).Bind("@after", after).Bind("@to", now);
        using var row = command.ExecuteReader();
        if (!row.Read() || row.IsDBNull(row.FieldCount - 1)) return WindowSums.None;
        var newest = row.GetInt64(row.FieldCount - 1);
        return series.Feature.Measure switch
        {
            Measure.Last => WindowSums.None with { Last = row.GetString(0), Newest = newest },
            Measure.Distinct => WindowSums.None with { Distinct = row.GetInt64(0), Newest = newest },
            _ => WindowSums.None with { Count = row.GetInt64(0), Total = EventIntake.Total(row.GetInt64(1), row.GetInt64(2)), Newest = newest },
        };
    }

#pragma warning disable CA2100 // Constants of the feature store.
    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
#pragma warning restore CA2100
}
