using System.Diagnostics;
using System.Globalization;
using Emend.Engine;
using Emend.Engine.Capturing;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Bench.Capturing;

/// <summary>From log lines to durable, encrypted, Merkle-logged signals and their rulings, against raw SQLite rows of the same run.</summary>
public sealed class IntakeBench : IBench
{
    private const int Batch = 100;

    /// <inheritdoc/>
    public string Name => "intake";

    /// <inheritdoc/>
    public string What => "lines parsed, decisions and corrections accepted per second, against raw SQLite rows [COUNT, default 20000]";

    /// <inheritdoc/>
    public async Task<int> RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
        var folder = Directory.CreateTempSubdirectory("emend-intake-");
        try
        {
            var log = Path.Combine(folder.FullName, "decisions.jsonl");
            WriteDecisions(log, count);
            var limits = LogLimits.At(TimeProvider.System);
            _ = LogFile.Decisions(log, limits).Count();
            var watch = Stopwatch.StartNew();
            var lines = LogFile.Decisions(log, limits).Count(static line => line.Record is not null);
            Report("parse decisions", lines, watch, null);

            var raw = Raw(Path.Combine(folder.FullName, "raw.db"), count);
            Report("raw SQLite rows, 100 a commit", count, raw.Watch, null);

            await using var store = await SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(Path.Combine(folder.FullName, "data")), "bench", IntakeProjections.Create(), TimeProvider.System);
            var agents = new Agents(store);
            watch = Stopwatch.StartNew();
            var report = await new ImportLog(store, agents, TimeProvider.System).RunAsync(LogKind.Decisions, log, new Actor("bench"), new(), null, default);
            Report("decisions imported from a file", report.Accepted, watch, raw.Watch);

            var accept = new AcceptBatch<Correction>(store, new AcceptCorrections(store, agents), TimeProvider.System);
            var corrections = Corrections(count);
            watch = Stopwatch.StartNew();
            var accepted = 0L;
            await Parallel.ForEachAsync(corrections.Chunk(Batch), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (batch, cancel) =>
                Interlocked.Add(ref accepted, (await accept.HandleAsync(batch, new Actor("bench"), cancel)).Count(static r => r.Kind == AcceptanceKind.Accepted)));
            Report("corrections accepted, 100 a batch", accepted, watch, raw.Watch);

            watch = Stopwatch.StartNew();
            var read = new Decisions(store).Read(DeskSignals.Agent).Count();
            Report("decisions read back in time", read, watch, null);
            return accepted == count && report.Accepted == count && read == count ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static TimeSpan _processor;

    private static void Report(string what, long count, Stopwatch watch, Stopwatch? baseline)
    {
        watch.Stop();
        // Processor time tells what a signal costs even where other processes take the processor away.
        var processor = Environment.CpuUsage.TotalTime;
        var micros = (processor - _processor).TotalMicroseconds / count;
        _processor = processor;
        var rate = count / watch.Elapsed.TotalSeconds;
        var ratio = baseline is null ? "" : string.Create(CultureInfo.InvariantCulture, $"  {100 * baseline.Elapsed.TotalSeconds / watch.Elapsed.TotalSeconds,5:F0} % of raw");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-36} {rate,12:N0}/s  {micros,6:F1} us of processor{ratio}"));
    }

    // As much per row, and the same indexes, as a correction costs in the journal and its read model.
    private static (Stopwatch Watch, long Rows) Raw(string path, int count)
    {
        using var connection = SqliteFile.Open(path, SqliteOpenMode.ReadWriteCreate);
        SqliteFile.Execute(connection, "CREATE TABLE row (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, decision_id TEXT NOT NULL, at INTEGER, body BLOB); CREATE INDEX row_by_decision ON row (decision_id)");
        using var add = connection.CreateCommand();
        add.CommandText = "INSERT INTO row (id, decision_id, at, body) VALUES (@id, @decision, @at, @body)";
        var body = new byte[600];
        new Random(1).NextBytes(body);
        var ids = Corrections(count);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < count; i++)
        {
            if (i % Batch == 0) SqliteFile.Execute(connection, "BEGIN");
            add.Bind("@id", ids[i].Id).Bind("@decision", ids[i].DecisionId).Bind("@at", ids[i].At).Bind("@body", body).ExecuteNonQuery();
            if (i % Batch == Batch - 1 || i == count - 1) SqliteFile.Execute(connection, "COMMIT");
        }
        watch.Stop();
        return (watch, count);
    }

    private static Correction[] Corrections(int count) => [.. Enumerable.Range(0, count).Select(static i => DeskSignals.Correction(i, "k"))];

    private static void WriteDecisions(string path, int count)
    {
        using var stream = File.Create(path);
        using var log = new LogWriter(stream);
        for (var i = 0; i < count; i++) log.Write(DeskSignals.Decision(i));
    }
}
