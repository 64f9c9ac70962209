using System.Security.Cryptography;
using Emend.TestKit;

namespace Emend.Engine.Tests.Simulation;

/// <summary>One simulated machine: a clock, a disk, and the engine that runs on it until it is killed and started again.</summary>
/// <remarks>Store, keys, tree and read models are the real ones, on a memory file system where there is one.</remarks>
internal sealed class Machine : IAsyncDisposable
{
    private static readonly string Root = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
    private static readonly Lazy<Task<string>> s_formatted = new(FormatAsync);

    private readonly Random _random;
    private string _disk = "";
    private SimulatedStore? _port;

    private Machine(Random random) => _random = random;

    public ManualClock Clock { get; } = new();

    public EmendEngine Engine { get; private set; } = null!;

    /// <summary>Where the next write goes wrong.</summary>
    public SimulatedStore Port => _port!;

    public string Keys => Path.Combine(_disk, "keys");

    /// <summary>The data directory; another one after every kill.</summary>
    public string Disk => _disk;

    /// <summary>A decision of the workspace beside the simulated one.</summary>
    public const string Neighbour = "d-of-the-neighbour";

    /// <summary>Whether no byte of the other workspace's journal changed.</summary>
    public bool NeighbourIsUntouched => File.ReadAllBytes(Other(_disk)).AsSpan().SequenceEqual(File.ReadAllBytes(Other(s_formatted.Value.GetAwaiter().GetResult())));

    public static async Task<Machine> StartAsync(Random random)
    {
        var machine = new Machine(random) { _disk = NewFolder() };
        Copy(await s_formatted.Value, machine._disk);
        await machine.OpenAsync();
        return machine;
    }

    /// <summary>Kills the process and starts it again on what the disk held at that moment: no log moved into the file, no answer given.</summary>
    /// <param name="tear">Whether a write that was never flushed left garbage behind.</param>
    /// <param name="oldKeys">A copy of the keys from before: the disk as it was between two commits, or the bug of somebody putting them back.</param>
    /// <param name="onJournal">Changes the journal's file to what it was between two commits.</param>
    public async Task KillAsync(bool tear, string? oldKeys = null, Action<string>? onJournal = null)
    {
        var image = NewFolder();
        // On the writer's thread, so that nothing moves while the disk is looked at; what the killed process had not flushed is not in it.
        await Engine.Store.WriteAsync(_ =>
        {
            Copy(_disk, image);
            return 0;
        }, CancellationToken.None);
        await Engine.DisposeAsync();
        Directory.Delete(_disk, recursive: true);
        _disk = image;
        var log = Path.Combine(_disk, "workspaces", "default", "journal.db-wal");
        if (tear && File.Exists(log))
        {
            var garbage = new byte[_random.Next(1, 9_000)];
            _random.NextBytes(garbage);
            await using var end = new FileStream(log, FileMode.Append);
            end.Write(garbage);
        }
        if (oldKeys is { } old)
        {
            foreach (var file in new[] { "keys.db", "keys.db-wal" })
            {
                File.Delete(Path.Combine(Keys, "default", file));
                if (File.Exists(Path.Combine(old, "default", file))) File.Move(Path.Combine(old, "default", file), Path.Combine(Keys, "default", file));
            }
            Directory.Delete(old, recursive: true);
        }
        onJournal?.Invoke(Path.Combine(_disk, "workspaces", "default", "journal.db"));
        await OpenAsync();
    }

    /// <summary>A copy of the keys as they are on disk now.</summary>
    public async Task<string> CopyOfKeysAsync()
    {
        var copy = NewFolder();
        await Engine.Store.WriteAsync(_ =>
        {
            Copy(Keys, copy);
            return 0;
        }, CancellationToken.None);
        return copy;
    }

    /// <summary>Alters a byte of a closed journal, for the bug that an audit has to find.</summary>
    public async Task CorruptAsync(Action<string> corrupt)
    {
        await Engine.DisposeAsync();
        corrupt(Engine.Store.Files.Journal);
        await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Directory.Delete(_disk, recursive: true);
    }

    private async Task OpenAsync()
    {
        Engine = await EmendEngine.OpenAsync(new() { DataDirectory = _disk, Clock = Clock, Around = store => _port = new(store) }, CancellationToken.None);
        // It signs on a thread of its own, at times of its own; here clients are signed for when they ask.
        await Engine.Feed.DisposeAsync();
    }

    // Tables and keys are made once: every simulated machine begins with the same empty workspace.
    private static async Task<string> FormatAsync()
    {
        var disk = NewFolder();
        await (await EmendEngine.OpenAsync(new() { DataDirectory = disk, Clock = new ManualClock() }, CancellationToken.None)).DisposeAsync();
        await using (var engine = await EmendEngine.OpenAsync(new() { DataDirectory = disk, Workspace = "other", Clock = new ManualClock() }, CancellationToken.None))
            await engine.Import.RunAsync(Emend.Engine.Capturing.LogKind.Decisions, Log(disk), new("importer"), new(), null, CancellationToken.None);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(disk, recursive: true);
        return disk;
    }

    private static string Log(string disk)
    {
        var log = Path.Combine(disk, "log.jsonl");
        File.WriteAllText(log, $$"""{"id":"{{Neighbour}}","occurredAt":"2026-01-05T12:00:00Z","agent":"north","proposed":{"action":"a"},"subject":"cust-1"}""");
        return log;
    }

    private static string Other(string disk) => Path.Combine(disk, "workspaces", "other", "journal.db");

    /// <summary>An empty folder beside the disk.</summary>
    internal static string NewFolder() => Directory.CreateDirectory(Path.Combine(Root, "emend-sim-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)))).FullName;

    private static void Copy(string from, string to)
    {
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            // The shared memory of the log and the lock die with their process.
            if (path.EndsWith("-shm", StringComparison.Ordinal) || path.EndsWith(".lock", StringComparison.Ordinal)) continue;
            var copy = Path.Combine(to, Path.GetRelativePath(from, path));
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            else Directory.CreateDirectory(Path.GetDirectoryName(copy)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            // Shared, since the process to be killed still holds it open.
            using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using (var target = new FileStream(copy, FileMode.CreateNew)) source.CopyTo(target);
            // Keys are refused when others could read them.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(copy, File.GetUnixFileMode(path));
        }
    }
}
