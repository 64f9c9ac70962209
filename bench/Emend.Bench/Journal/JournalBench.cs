using System.Diagnostics;
using System.Globalization;
using Emend.Engine;
using Emend.Engine.Journal;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Bench.Journal;

/// <summary>Durable, encrypted, Merkle-logged corrections against raw SQLite rows of the same size with the same index, in one run.</summary>
public sealed class JournalBench : IBench
{
    private const int Batch = 100, Callers = 4, SingleCallers = 64;

    public string Name => "journal";

    public string What => "corrections made durable per second, in batches of 100 and one by one, against raw SQLite rows [rounds] [corrections]";

    public async Task<int> RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var count = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 40_000;
        var (raw, ours, single, seal) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        Console.WriteLine($"{count:N0} corrections of {Corrections.Size(0)} bytes, 10 fields, 4 of them personal; one unique index on their ids; WAL, FULL");
        // The first round warms the JIT up and does not count.
        for (var round = 0; round <= rounds; round++)
        {
            var folder = Directory.CreateTempSubdirectory("emend-bench-").FullName;
            try
            {
                var r = Raw(Path.Combine(folder, "raw.db"), count);
                var (o, s, c) = await OursAsync(folder, count);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{(round == 0 ? "warm-up" : $"round {round}")}: raw {r:N0}/s   journal {o:N0}/s ({o / r:P0} of raw)   one by one, {SingleCallers} callers {s:N0}/s   sealing alone, one core {c:N0}/s"));
                if (round == 0) continue;
                raw.Add(r);
                ours.Add(o);
                single.Add(s);
                seal.Add(c);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        var ratios = ours.Zip(raw, static (o, r) => o / r).ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"median: raw {Median(raw):N0}/s, journal {Median(ours):N0}/s = {Median(ratios):P0} of raw (goal 10,000/s and 40 %); one by one {Median(single):N0}/s; sealing {Median(seal):N0}/s per core; memory {Environment.WorkingSet / 1048576.0:N0} MB"));
        return 0;
    }

    private static double Raw(string path, int count)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -32000");
        Execute(connection, "CREATE TABLE correction (idx INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL)");
        var bodies = Enumerable.Range(0, Batch).Select(static i => new byte[Corrections.Size(i)]).ToArray();
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO correction (id, body) VALUES (@id, @body)";
        var (id, body) = (insert.Parameters.Add("@id", SqliteType.Text), insert.Parameters.Add("@body", SqliteType.Blob));
        var started = Stopwatch.GetTimestamp();
        for (var at = 0; at < count; at += Batch)
        {
            Execute(connection, "BEGIN IMMEDIATE");
            for (var i = 0; i < Batch; i++)
            {
                id.Value = Corrections.Id(at + i);
                body.Value = bodies[i];
                insert.ExecuteNonQuery();
            }
            Execute(connection, "COMMIT");
        }
        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<(double Batches, double Single, double Sealing)> OursAsync(string folder, int count)
    {
        await using var store = await SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(Path.Combine(folder, "data")), "bench", [], TimeProvider.System);
        await store.WriteAsync(static work => work.Command("CREATE TABLE seen (id TEXT NOT NULL UNIQUE, entry INTEGER NOT NULL, position INTEGER NOT NULL)").ExecuteNonQuery(), CancellationToken.None);
        var drafts = Enumerable.Range(0, count / Batch).Select(static b => Corrections.Draft(b * Batch, Batch)).ToArray();

        var next = -1;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (int at; (at = Interlocked.Increment(ref next)) < drafts.Length;) await AppendAsync(store, drafts[at]);
        })));
        var batches = count / Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (store.Size != drafts.Length) throw new InvalidOperationException($"{store.Size} entries instead of {drafts.Length}");

        next = count - 1;
        var singles = count / 4;
        started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, SingleCallers).Select(_ => Task.Run(async () =>
        {
            for (int at; (at = Interlocked.Increment(ref next)) < count + singles;) await AppendAsync(store, Corrections.Draft(at, 1));
        })));
        var single = singles / Stopwatch.GetElapsedTime(started).TotalSeconds;
        var audit = VerifyJournal.Run(store, null, CancellationToken.None);
        if (!audit.IsSound || audit.Records != count + singles) throw new InvalidOperationException("the journal does not verify");

        // Below the size from which sealing spreads over the cores.
        started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 4_000; i += 10) store.Seal(Corrections.Draft(i, 10));
        return (batches, single, 4_000 / Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private static Task<long> AppendAsync(SqliteWorkspaceStore store, JournalDraft draft)
    {
        var batch = store.Seal(draft);
        return store.WriteAsync(work =>
        {
            var entry = work.Append(batch);
            var insert = work.Command("INSERT INTO seen (id, entry, position) VALUES (@id, @entry, @position)");
            insert.Bind("@entry", entry.Index);
            for (var i = 0; i < entry.Records.Length; i++) insert.Bind("@id", entry.Records[i].Id).Bind("@position", i).ExecuteNonQuery();
            return entry.Index;
        }, CancellationToken.None);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}

/// <summary>Corrections as an intake would seal them: ten fields, about 600 bytes, four fields personal.</summary>
internal static class Corrections
{
    private const int Subjects = 5_000;
    private static readonly string Comment = "\"" + string.Concat(Enumerable.Repeat("The customer asked for a refund of a top up. ", 4)) + "\"";
    private static readonly string Input = "\"" + string.Concat(Enumerable.Repeat("why was my top up taken back? ", 5)) + "\"";

    public static string Id(int i) => string.Create(CultureInfo.InvariantCulture, $"c-{i * 2654435761L % 4294967296L:x8}-{i}");

    public static int Size(int i)
    {
        var record = Record(i);
        return record.Id.Length + record.Fields.Sum(static field => field.Path.Length + field.Json!.Length);
    }

    public static JournalDraft Draft(int first, int count) => new()
    {
        Type = "corrections.accepted",
        Actor = new Actor("rosa"),
        Records = [.. Enumerable.Range(first, count).Select(Record)],
    };

    private static JournalRecord Record(int i) => new(Id(i), string.Create(CultureInfo.InvariantCulture, $"customer-{i % Subjects}"),
    [
        new("action", FieldClass.Internal, "\"verify_top_up\""),
        new("at", FieldClass.Internal, "1762761600000000"),
        new("by", FieldClass.Internal, "\"0198f3a27c3e4a51b0c3d2e1f0a9b8c7\""),
        new("comment", FieldClass.Personal, Comment),
        new("decision", FieldClass.Internal, string.Create(CultureInfo.InvariantCulture, $"\"d-{i}\"")),
        new("features.city", FieldClass.Personal, "\"Rotterdam\""),
        new("features.salary", FieldClass.Sensitive, "61250.5"),
        new("input", FieldClass.Personal, Input),
        new("reason", FieldClass.Internal, "\"wrong-queue\""),
        new("verdict", FieldClass.Internal, "\"modify\""),
    ]);
}
