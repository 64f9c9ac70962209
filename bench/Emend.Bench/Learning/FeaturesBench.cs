using System.Diagnostics;
using System.Globalization;
using Emend.Engine;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Learning.Features;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Microsoft.Data.Sqlite;

namespace Emend.Bench.Learning;

/// <summary>Looks back for many rows, and reads for serving, each against SQL written by hand over a bare table of the same events.</summary>
public sealed class FeaturesBench : IBench
{
    private const int Seed = 20261122, Keys = 5_000, Batch = 1_000, Reads = 20_000;
    private const long Hour = 3_600_000_000, Window = 24 * Hour, Start = 1_767_600_000_000_000;

    private const string View = """
        {"name":"account_day","of":"decisions","key":["account"],"window":"24h","grain":"1h","features":{"seen":{"measure":"count"},"sure":{"measure":"mean","value":"confidence"}}}
        """;

    public string Name => "features";

    public string What => "historical join of 100,000 rows over 1,000,000 events, and online reads, against hand-written SQL [events] [rows]";

    public async Task<int> RunAsync(string[] args)
    {
        var events = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var rows = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100_000;
        var folder = Directory.CreateTempSubdirectory("emend-bench-").FullName;
        try
        {
            var clock = new BenchClock();
            await using var engine = await EmendEngine.OpenAsync(new() { DataDirectory = folder, Clock = clock }, default);
            // Thirty days, one event after the other; each arrives up to two hours after it happened.
            var step = 30 * 24 * Hour / events;
            var started = Stopwatch.GetTimestamp();
            await IntakeAsync(engine, clock, events, step);
            Say($"taken in: {events:N0} decisions in {Seconds(started):F1} s");

            var view = ((Answer<FeatureView>.Granted)FeatureViewJson.Read(View)).Value;
            started = Stopwatch.GetTimestamp();
            if (await engine.DefineFeatures.HandleAsync(new DefineFeatureView(view, new Actor("bench")), null, default) is not Answer<FeatureView>.Granted) return 1;
            Say($"view with two features filled in {Seconds(started):F1} s, {events / Seconds(started):N0} events/s; a page of {FeatureProjection.Page} entries at a time");

            using var raw = new SqliteConnection($"Data Source={Path.Combine(folder, "raw.db")}");
            raw.Open();
            Load(raw, events, step);
            var known = ((Answer<KnownView>.Granted)engine.FeatureViews.Find("account_day")).Value;
            return Join(engine, known, raw, rows, events * step) & Read(engine, known, raw, clock) ? 0 : 1;
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool Join(EmendEngine engine, KnownView known, SqliteConnection raw, int rows, long span)
    {
        var random = new Random(Seed);
        var asks = new (int Account, long At)[rows];
        for (var i = 0; i < rows; i++) asks[i] = (random.Next(Keys), Start + (long)(random.NextDouble() * span));
        Execute(raw, "CREATE TABLE ask (id INTEGER PRIMARY KEY, account INTEGER NOT NULL, at INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL)");
        using (var transaction = raw.BeginTransaction())
        {
            using var add = Command(raw, "INSERT INTO ask VALUES (@id, @account, @at, @low, @high)", transaction);
            for (var i = 0; i < rows; i++)
            {
                var end = ((asks[i].At / Hour) + 1) * Hour;
                Bind(add, ("@id", i), ("@account", asks[i].Account), ("@at", asks[i].At), ("@low", end - Window), ("@high", end)).ExecuteNonQuery();
            }
            transaction.Commit();
        }

        var (best, bestSql) = (double.MaxValue, double.MaxValue);
        IReadOnlyList<FeatureValue[]> values = [];
        var expected = new (long Count, double Mean)[rows];
        for (var round = 0; round < 3; round++)
        {
            var started = Stopwatch.GetTimestamp();
            List<FeatureAsk> list = [.. asks.Select(ask => ((Answer<FeatureAsk>.Granted)engine.FeaturesAsOf.Ask(known, Key(ask.Account), ask.At)).Value)];
            values = ((Answer<IReadOnlyList<FeatureValue[]>>.Granted)engine.FeaturesAsOf.OfAll(known, list, default)).Value;
            best = Math.Min(best, Seconds(started));

            started = Stopwatch.GetTimestamp();
            using var query = Command(raw, """
                SELECT a.id, count(e.at), avg(e.confidence) FROM ask a LEFT JOIN event e ON e.account = a.account AND e.at >= a.low AND e.at < a.high AND e.known <= a.at
                 GROUP BY a.id
                """);
            using var row = query.ExecuteReader();
            while (row.Read()) expected[row.GetInt32(0)] = (row.GetInt64(1), row.IsDBNull(2) ? double.NaN : row.GetDouble(2));
            bestSql = Math.Min(bestSql, Seconds(started));
        }
        var wrong = 0;
        for (var i = 0; i < rows; i++)
        {
            var isSame = values[0][i].AsNumber == expected[i].Count && (expected[i].Count == 0 ? values[1][i].Kind == FeatureKind.Missing : Math.Abs(values[1][i].AsNumber - expected[i].Mean) < 1e-6);
            if (!isSame) wrong++;
        }
        Say($"historical join of {rows:N0} rows, two features, two passes: {best:F2} s; one self-join in SQL over a bare table: {bestSql:F2} s; ratio {best / bestSql:F2} (best of 3 each)");
        Say($"  {rows - wrong:N0} of {rows:N0} rows agree with it; {expected.Average(static e => e.Count):F1} events in a window on average");
        return wrong == 0;
    }

    private static bool Read(EmendEngine engine, KnownView known, SqliteConnection raw, BenchClock clock)
    {
        var random = new Random(Seed + 1);
        var (times, sql) = (new double[Reads], new double[Reads]);
        var now = Microseconds.Of(clock.GetUtcNow());
        var end = ((now / Hour) + 1) * Hour;
        using var query = Command(raw, "SELECT count(at), avg(confidence) FROM event WHERE account = @account AND at >= @low AND at < @high AND known <= @now");
        var wrong = 0;
        for (var i = -1_000; i < Reads; i++)
        {
            var account = random.Next(Keys);
            var started = Stopwatch.GetTimestamp();
            var values = ((Answer<IReadOnlyList<Feature>>.Granted)engine.LatestFeatures.Of(known, Key(account))).Value;
            var ours = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
            started = Stopwatch.GetTimestamp();
            long count;
            using (var row = Bind(query, ("@account", account), ("@low", end - Window), ("@high", end), ("@now", now)).ExecuteReader())
            {
                row.Read();
                count = row.GetInt64(0);
            }
            if (values[0].Value.AsNumber != count) wrong++;
            if (i < 0) continue;
            (times[i], sql[i]) = (ours, Stopwatch.GetElapsedTime(started).TotalMicroseconds);
        }
        Array.Sort(times);
        Array.Sort(sql);
        Say($"online read of two features: p50 {times[Reads / 2]:F0} us, p99 {times[Reads * 99 / 100]:F0} us; the same from the bare table: p50 {sql[Reads / 2]:F0} us, p99 {sql[Reads * 99 / 100]:F0} us; {wrong} differ");
        return wrong == 0;
    }

    private static async Task IntakeAsync(EmendEngine engine, BenchClock clock, int events, long step)
    {
        var agent = new AgentDefinition { Id = "router", Schema = new(1, [new("account", FeatureKind.Number, FieldClass.Internal)], IsOpen: true) };
        clock.Now = Start;
        await engine.AgentHandler.HandleAsync(new RegisterAgent(agent, new Actor("bench")), default);
        var batch = new List<Decision>(Batch);
        for (var i = 0; i < events; i++)
        {
            var (account, at, confidence) = Event(i, step);
            batch.Add(new()
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"d-{i:d7}"),
                OccurredAt = at,
                Agent = "router",
                Context = Context.Of([new("account", FeatureValue.Of(account))]),
                Proposed = new("billing"),
                Confidence = confidence,
            });
            if (batch.Count < Batch && i + 1 < events) continue;
            clock.Now = KnownAt(i, step);
            foreach (var acceptance in await engine.Intake.Decisions.HandleAsync(batch, new Actor("bench"), default))
                if (acceptance.Kind != AcceptanceKind.Accepted) throw new InvalidOperationException($"{acceptance.Kind}: {acceptance.Why?.Message}");
            batch.Clear();
        }
    }

    private static void Load(SqliteConnection raw, int events, long step)
    {
        Execute(raw, "PRAGMA journal_mode = WAL");
        Execute(raw, "CREATE TABLE event (account INTEGER NOT NULL, at INTEGER NOT NULL, known INTEGER NOT NULL, confidence REAL NOT NULL)");
        using (var transaction = raw.BeginTransaction())
        {
            using var add = Command(raw, "INSERT INTO event VALUES (@account, @at, @known, @confidence)", transaction);
            for (var i = 0; i < events; i++)
            {
                var (account, at, confidence) = Event(i, step);
                // A batch becomes known at once.
                Bind(add, ("@account", account), ("@at", at), ("@known", KnownAt(Math.Min(events - 1, ((i / Batch) * Batch) + Batch - 1), step)), ("@confidence", confidence)).ExecuteNonQuery();
            }
            transaction.Commit();
        }
        // The best index for its query: everything it asks for is in it.
        Execute(raw, "CREATE INDEX event_by_account ON event (account, at, known, confidence)");
        Execute(raw, "ANALYZE");
    }

    private static (int Account, long At, double Confidence) Event(int i, long step)
    {
        var random = new Random(Seed ^ i);
        return (random.Next(Keys), Start + (i * step) - (long)(random.NextDouble() * 2 * Hour), Math.Round(random.NextDouble(), 3));
    }

    private static long KnownAt(int i, long step) => Start + (i * step);

    private static Dictionary<string, FeatureValue> Key(int account) => new(StringComparer.Ordinal) { ["account"] = FeatureValue.Of(account) };

    private static double Seconds(long since) => Stopwatch.GetElapsedTime(since).TotalSeconds;

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

#pragma warning disable CA2100 // Constants of this benchmark.
    private static SqliteCommand Command(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        return command;
    }
#pragma warning restore CA2100

    private static SqliteCommand Bind(SqliteCommand command, params (string Name, object Value)[] values)
    {
        command.Parameters.Clear();
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        return command;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql);
        command.ExecuteNonQuery();
    }

    private sealed class BenchClock : TimeProvider
    {
        public long Now { get; set; } = Start;

        public override DateTimeOffset GetUtcNow() => Microseconds.Instant(Now);
    }
}
