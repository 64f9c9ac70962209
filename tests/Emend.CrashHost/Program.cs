using System.Diagnostics;
using System.Globalization;
using System.Text;
using Emend.Engine;
using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;

if (args[0] == "agent") return await Emend.CrashHost.CrashingAgent.RunAsync(args[1], args[2], int.Parse(args[3], CultureInfo.InvariantCulture), int.Parse(args[4], CultureInfo.InvariantCulture));

// Imports three logs and is killed while it does: Emend.CrashHost DATA LOGS ACKNOWLEDGEMENTS [BATCHES MICROSECONDS]
// Every acknowledgement is flushed to the side file before the next batch. After BATCHES acknowledged batches with something new
// (0: as soon as the store is open) it kills itself (SIGKILL) MICROSECONDS later, while the import goes on: the place is counted,
// not raced for by a watcher, so that a fast machine gets no further than a slow one.
var (data, logs, acknowledgements) = (args[0], args[1], args[2]);
var (batches, delay) = args.Length > 3
    ? (int.Parse(args[3], CultureInfo.InvariantCulture), TimeSpan.FromMicroseconds(int.Parse(args[4], CultureInfo.InvariantCulture)))
    : (int.MaxValue, TimeSpan.Zero);
await using var store = await SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(data), "crash", IntakeProjections.Create(), TimeProvider.System);
using var side = new FileStream(acknowledgements, FileMode.Append, FileAccess.Write, FileShare.Read);
var import = new ImportLog(store, new Agents(store), TimeProvider.System);
var news = 0;
if (batches == 0) KillAfter(delay);

// Corrections first: most of them are parked until their decision arrives.
foreach (var kind in (ReadOnlySpan<LogKind>)[LogKind.Corrections, LogKind.Decisions, LogKind.Outcomes])
{
    var task = import.RunAsync(kind, Path.Combine(logs, kind.Name() + ".jsonl"), new Actor("importer"), new ImportOptions { BatchSize = 16, InFlight = 3 }, Acknowledge, CancellationToken.None);
    var report = task.GetAwaiter().GetResult();
    if (report.HasProblems) throw new InvalidOperationException(string.Join('\n', report.Problems));

    void Acknowledge(IReadOnlyList<Acknowledged> batch)
    {
        var text = new StringBuilder();
        foreach (var (line, acceptance) in batch)
            text.Append(CultureInfo.InvariantCulture, $"{kind.Name()} {line} {acceptance.Record.Entry} {acceptance.Record.Position} {acceptance.Kind}\n");
        side.Write(Encoding.UTF8.GetBytes(text.ToString()));
        side.Flush(flushToDisk: true);
        if (batch.Any(static a => a.Acceptance.Kind is AcceptanceKind.Accepted or AcceptanceKind.Parked) && ++news == batches) KillAfter(delay);
    }
}
Console.WriteLine("done");
return 0;

static void KillAfter(TimeSpan delay) => new Thread(() =>
{
    var from = Stopwatch.GetTimestamp();
    while (Stopwatch.GetElapsedTime(from) < delay) Thread.SpinWait(20);
    Process.GetCurrentProcess().Kill();
}).Start();
