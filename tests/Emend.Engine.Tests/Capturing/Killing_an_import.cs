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

/// <summary>An import is killed at random points and started again with the same input (I1, I2, I3). 500 times with EMEND_SOAK=1.</summary>
public class Killing_an_import(ITestOutputHelper output)
{
    private const int Decisions = 2_000, Corrections = 900, Outcomes = 500;

    [Fact]
    public async Task Loses_nothing_acknowledged_and_does_nothing_twice()
    {
        var cycles = Environment.GetEnvironmentVariable("EMEND_SOAK") == "1" ? 500 : 25;
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        string At(string name) => Path.Combine(folder.Path, name);
        WriteLogs(Directory.CreateDirectory(At("logs")).FullName);

        // The first import is spread over the kills: each lets through about its share of what is new.
        var perCycle = Math.Max(2, 2 * (Decisions + Corrections + Outcomes) / 16 / cycles);
        var killed = 0;
        for (var cycle = 0; cycle < cycles; cycle++)
            if (await RunAsync(At("data"), At("logs"), At("acks"), killAfter: random.Next(perCycle))) killed++;
        output.WriteLine($"{killed} of {cycles} were killed at work");
        Assert.InRange(killed, cycles / 2, cycles);
        Assert.False(await RunAsync(At("data"), At("logs"), At("acks"), killAfter: int.MaxValue));
        Assert.False(await RunAsync(At("undisturbed"), At("logs"), At("other-acks"), killAfter: int.MaxValue));

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
    private static async Task<bool> RunAsync(string data, string logs, string acks, int killAfter)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Emend.CrashHost", configuration, "Emend.CrashHost.dll"));
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["exec", program, data, logs, acks]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var (isDone, news) = (false, 0);
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            isDone |= line == "done";
            if (line == "new") news++;
            if (line is "open" or "new" && news >= killAfter) process.Kill();
        }
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
