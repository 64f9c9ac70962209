using System.Globalization;
using Emend.Engine.Storage;

namespace Emend.Bench.Journal;

/// <summary>Committing to and encrypting corrections on one core, in processor time: a busy machine does not blur it.</summary>
public sealed class SealBench : IBench
{
    public string Name => "seal";

    public string What => "processor time to commit to and encrypt one correction [corrections]";

    public async Task<int> RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
        var folder = Directory.CreateTempSubdirectory("emend-bench-").FullName;
        try
        {
            await using var store = await SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(folder), "bench", [], TimeProvider.System);
            // Ten at a time: below the size from which sealing spreads over the cores.
            var drafts = Enumerable.Range(0, 1_000).Select(static i => Corrections.Draft(i * 10, 10)).ToArray();
            for (var round = 0; round < 4; round++)
            {
                var before = Environment.CpuUsage.TotalTime;
                for (var i = 0; i < count / 10; i++) store.Seal(drafts[i % drafts.Length]);
                var spent = (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / count;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round}: {spent:F2} µs per correction, {1_000_000 / spent:N0}/s per core"));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return 0;
    }
}
