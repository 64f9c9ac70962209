using System.Diagnostics;
using System.Globalization;
using Emend.Engine;
using Emend.Engine.Journal;
using Emend.Engine.Storage;

namespace Emend.Bench.Journal;

/// <summary>A full audit of a large journal, and how fast it opens.</summary>
public sealed class VerifyBench : IBench
{
    private const int PerChange = 1_000;

    public string Name => "verify";

    public string What => "full audit of a journal of 1,000,000 entries, and opening it [entries] [folder to keep it in]";

    public async Task<int> RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var folder = args.Length > 1 ? args[1] : Directory.CreateTempSubdirectory("emend-bench-").FullName;
        try
        {
            var started = Stopwatch.GetTimestamp();
            await FillAsync(folder, count);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"filled with {count:N0} entries of one record, four fields, one of them personal: {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s"));

            started = Stopwatch.GetTimestamp();
            await using var store = await SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(folder), "bench", [], TimeProvider.System);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"opened in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms (goal 3,000)"));

            // As a yardstick of this machine at this moment: the leaf hashes alone, on one core.
            started = Stopwatch.GetTimestamp();
            var (head, hash) = (new byte[200], new byte[MerkleHash.Size]);
            for (var i = 0; i < count; i++) MerkleHash.Leaf(head, hash);
            var hashing = Stopwatch.GetElapsedTime(started).TotalSeconds;

            var processor = Environment.CpuUsage.TotalTime;
            started = Stopwatch.GetTimestamp();
            var audit = VerifyJournal.Run(store, null, CancellationToken.None);
            var spent = Stopwatch.GetElapsedTime(started).TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"verified {audit.Entries:N0} entries in {spent:F1} s (goal 8), {(Environment.CpuUsage.TotalTime - processor).TotalSeconds:F1} s of processor time; {spent / hashing:F1} times hashing the leaves alone; memory {Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0:N0} MB at most"));
            Console.WriteLine($"  collections {GC.CollectionCount(0)}/{GC.CollectionCount(1)}/{GC.CollectionCount(2)}, pauses {GC.GetTotalPauseDuration().TotalSeconds:F1} s, allocated {GC.GetTotalAllocatedBytes() >> 20:N0} MB");
            foreach (var finding in audit.Findings) Console.WriteLine($"  {finding.Index}: {finding.What}");
            return audit.IsSound && audit.Entries >= count ? 0 : 1;
        }
        finally
        {
            if (args.Length < 2) Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task FillAsync(string folder, int count)
    {
        await using var store = await SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(folder), "bench", [], TimeProvider.System);
        var next = store.Size / PerChange;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (long part; (part = Interlocked.Increment(ref next) - 1) * PerChange < count;)
            {
                var drafts = new SealedDraft[PerChange];
                for (var i = 0; i < PerChange; i++) drafts[i] = store.Seal(Draft(((int)part * PerChange) + i));
                await store.WriteAsync(work =>
                {
                    foreach (var draft in drafts) work.Append(draft);
                    return 0;
                }, CancellationToken.None);
            }
        })));
    }

    private static JournalDraft Draft(int i) => new()
    {
        Type = "outcome.recorded",
        Actor = new Actor("rosa"),
        Records = [new(string.Create(CultureInfo.InvariantCulture, $"o-{i}"), string.Create(CultureInfo.InvariantCulture, $"customer-{i % 1_000}"),
        [
            new("decision", FieldClass.Internal, string.Create(CultureInfo.InvariantCulture, $"\"d-{i}\"")),
            new("metric", FieldClass.Internal, "\"truth\""),
            new("note", FieldClass.Personal, "\"called back, was glad\""),
            new("value", FieldClass.Internal, "1"),
        ])],
    };
}
