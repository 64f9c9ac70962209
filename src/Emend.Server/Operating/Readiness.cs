using System.Collections.Concurrent;
using System.Collections.Immutable;
using Emend.Engine;
using Emend.Engine.Journal;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Storage;

namespace Emend.Server.Operating;

/// <summary>A reason why no work should be sent here now.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Message">What, and what to do.</param>
internal sealed record NotReady(string Code, string Message);

/// <summary>Whether work should be sent here, found out by doing it: a small durable write in every workspace, and reads of what has to agree.</summary>
/// <remarks>An answer serves everybody who asks within a second. Names of workspaces are in no answer: anybody may ask.</remarks>
internal sealed class Readiness(Workspaces workspaces, ServerOptions options, IHostApplicationLifetime life) : IDisposable
{
    private const string Probe = "INSERT INTO probe (id, at_us) VALUES (1, @at) ON CONFLICT (id) DO UPDATE SET at_us = @at";
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1);
    // A write that has not come back: asking again would only queue another one behind it.
    private readonly ConcurrentDictionary<string, Task<int>> _pending = new(StringComparer.Ordinal);
    private ImmutableArray<NotReady>? _last;
    private long _lastAt;

    /// <summary>What is in the way; empty when nothing is.</summary>
    public async Task<ImmutableArray<NotReady>> CheckAsync(CancellationToken cancel)
    {
        if (life.ApplicationStopping.IsCancellationRequested) return [new("stopping", "the server is ending; send work elsewhere, or wait until it is back")];
        await _one.WaitAsync(cancel);
        try
        {
            if (_last is { } known && options.Clock.GetElapsedTime(_lastAt) < GoodFor) return known;
            var found = await Task.WhenAll(workspaces.Names.Select(CheckAsync));
            _lastAt = options.Clock.GetTimestamp();
            var all = found.SelectMany(static one => one).DistinctBy(static one => one.Code).ToImmutableArray();
            _last = all;
            return all;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Room on the disk of the data directory; null when the system does not tell.</summary>
    public DiskSpace? Disk => DiskSpace.Of(workspaces.Directory.Path);

    public void Dispose() => _one.Dispose();

    private async Task<IReadOnlyList<NotReady>> CheckAsync(string workspace)
    {
        var engine = await workspaces.OfAsync(workspace);
        var found = new List<NotReady>();
        if (await WriteAsync(workspace, engine) is { } cannot) found.Add(cannot);
        try
        {
            if (Behind(engine.Store) > 0) found.Add(new("projections-behind", "read models have not taken in everything that was accepted; answers would be old. Start again; if it stays, run `emend audit rebuild`"));
            if (!IsSequenced(engine.Store)) found.Add(new("sequencer", "the tree and the journal disagree on how many entries there are; run `emend audit verify`"));
        }
        catch (Microsoft.Data.Sqlite.SqliteException)
        {
            found.Add(new("unreadable", "the journal cannot be read; check the disk"));
        }
        return found;
    }

    private async Task<NotReady?> WriteAsync(string workspace, EmendEngine engine)
    {
        try
        {
            var write = _pending.TryGetValue(workspace, out var before) && !before.IsCompleted ? before : engine.Store.WriteAsync(static work => work.Command(Probe).Bind("@at", work.Now).ExecuteNonQuery(), CancellationToken.None);
            _pending[workspace] = write;
            await write.WaitAsync(options.Operating.ReadyWithin);
            return null;
        }
        catch (TimeoutException)
        {
            return new("writer-stalled", "the journal has not written for too long: the disk hangs, or is far too slow");
        }
        catch (DiskIsFullException)
        {
            return new("disk-full", "no space left for the journal; make room and it goes on by itself");
        }
        catch (Exception fault) when (fault is StorageException or ObjectDisposedException or Microsoft.Data.Sqlite.SqliteException)
        {
            return new("journal-failed", "the journal accepts nothing any more; check the disk, then start again. What was acknowledged is kept");
        }
    }

    /// <summary>Entries that the read model furthest behind has not taken in.</summary>
    internal static long Behind(SqliteWorkspaceStore store) => store.WithReader(reader =>
    {
        var size = reader.Commands.Get(JournalSql.Tree).ExecuteReader();
        using (size)
        {
            if (!size.Read()) return 0;
            var next = store.Projections.Min(projection => (long?)ProjectionRegistry.NextOf(reader.Commands, projection));
            return next is { } at ? Math.Max(0, size.GetInt64(0) - at) : 0;
        }
    });

    private static bool IsSequenced(SqliteWorkspaceStore store) => store.WithReader(static reader =>
    {
        var entries = reader.Commands.Get(JournalSql.LastIndex).ExecuteScalar() is long last ? last + 1 : 0;
        using var tree = reader.Commands.Get(JournalSql.Tree).ExecuteReader();
        return tree.Read() && tree.GetInt64(0) == entries;
    });
}
