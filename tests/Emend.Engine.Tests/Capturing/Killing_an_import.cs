using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Capturing;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Emend.TestKit;
using Xunit.Abstractions;

namespace Emend.Engine.Tests.Capturing;

/// <summary>
/// An import is killed at random points and started again with the same input (I1, I2, I3): 25 times in the suite, 500 times with EMEND_SOAK=1, as
/// histories of 25 kills of which as many run at once as there are processors. One long history would read everything it knows again after each kill.
/// </summary>
public class Killing_an_import(ITestOutputHelper output)
{
    private const int BatchSize = 16; // as in the host
    private const int Cycles = 25;
    private const int Decisions = 2_000, Corrections = Decisions / 2, Outcomes = Decisions / 4;
    private static readonly int Histories = Soak.Trials(1, 20);

    [Fact, Trait("Fault", "F01")]
    public async Task Loses_nothing_acknowledged_and_does_nothing_twice()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, Histories), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (history, _) => await LiveAsync(new Random(seed + history)));
        output.WriteLine($"{Histories * Cycles} runs were to be killed, in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
    }

    private async Task LiveAsync(Random random)
    {
        using var folder = new TemporaryFolder();
        string At(string name) => Path.Combine(folder.Path, name);
        WriteLogs(Directory.CreateDirectory(At("logs")).FullName);

        // The first import is spread over the kills: on average each lets through half of its share of what is new.
        var share = (Decisions + Corrections + Outcomes) / BatchSize / Cycles;
        var killed = 0;
        for (var cycle = 0; cycle < Cycles; cycle++)
            if (await RunAsync(At("data"), At("logs"), At("acks"), (random.Next(share), random.Next(5_000)))) killed++;
        output.WriteLine($"{killed} of {Cycles} were killed at work");
        Assert.InRange(killed, Cycles / 2, Cycles);
        Assert.False(await RunAsync(At("data"), At("logs"), At("acks"), kill: null));
        Assert.False(await RunAsync(At("undisturbed"), At("logs"), At("other-acks"), kill: null));

        // One line of input has one receipt, whoever asked for it and whenever.
        var receipts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in await File.ReadAllLinesAsync(At("acks")))
        {
            // A line cut off by a kill was never acknowledged.
            if (line.Split(' ') is not [var kind, var number, var entry, var position, "Accepted" or "Parked" or "Duplicate"]) continue;
            var place = entry + ":" + position;
            Assert.Equal(place, receipts.GetValueOrDefault(kind + " " + number, place));
            receipts[kind + " " + number] = place;
        }
        Assert.Equal(Decisions + Corrections + Outcomes, receipts.Count);
        Assert.Equal(receipts.Count, receipts.Values.Distinct(StringComparer.Ordinal).Count());

        var (digest, records) = await StateAsync(At("data"));
        var (undisturbed, _) = await StateAsync(At("undisturbed"));
        Assert.Equal(Decisions + Corrections + Outcomes, records);
        Assert.Equal(undisturbed, digest);
    }

    // True when it was killed before it was done.
    private static async Task<bool> RunAsync(string data, string logs, string acks, (int Batches, int Microseconds)? kill)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Emend.CrashHost", configuration, "Emend.CrashHost.dll"));
        string[] place = kill is var (batches, delay) ? [batches.ToString(CultureInfo.InvariantCulture), delay.ToString(CultureInfo.InvariantCulture)] : [];
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["exec", program, data, logs, acks, .. place]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var isDone = (await process.StandardOutput.ReadToEndAsync()).Contains("done", StringComparison.Ordinal);
        await process.WaitForExitAsync();
        if (!isDone && process.ExitCode != 137) Assert.Fail(await errors);
        return !isDone;
    }

    private static async Task<(string Digest, long Records)> StateAsync(string data)
    {
        var projections = IntakeProjections.Create();
        await using var store = await SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(data), "crash", projections, TimeProvider.System);
        var text = new StringBuilder();
        foreach (var query in projections.SelectMany(static p => p.DigestQueries))
        {
            foreach (var row in store.Read(connection => SignalRows.All(connection, query, null, null, static row =>
            {
                var values = new object[row.FieldCount];
                row.GetValues(values);
                return string.Join('\t', values.Select(static v => Convert.ToString(v, CultureInfo.InvariantCulture)));
            }))) text.Append(row).Append('\n');
        }
        var records = store.Entries().Where(static e => e.Type is DecisionRecord.Type or CorrectionRecord.Type or OutcomeRecord.Type).Sum(static e => (long)e.Records.Length);
        return (Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))), records);
    }

    private static void WriteLogs(string folder)
    {
        var random = new Random(1);
        string[] labels = ["billing", "cards", "fraud"];
        Write("decisions", Decisions, (log, i) => log.Write(Desk.Decision($"d-{i:d5}", labels[random.Next(3)], at: Desk.Noon + i, subject: "customer-" + random.Next(300))));
        Write("corrections", Corrections, (log, i) => log.Write(Desk.Correction($"d-{i * 2:d5}", labels[random.Next(3)], by: "person-" + i % 7, at: Desk.Noon + i, key: "k-" + i, comment: "wrong desk")));
        Write("outcomes", Outcomes, (log, i) => log.Write(Desk.Truth($"d-{i * 3:d5}", labels[random.Next(3)], Desk.Noon + i)));

        void Write(string name, int count, Action<LogWriter, int> write)
        {
            using var stream = File.Create(Path.Combine(folder, name + ".jsonl"));
            using var log = new LogWriter(stream);
            for (var i = 0; i < count; i++) write(log, i);
        }
    }
}
