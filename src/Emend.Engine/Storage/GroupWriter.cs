using System.Diagnostics;
using Emend.Engine.Journal;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Emend.Engine.Storage;

/// <summary>What a group commit works on: hooks around SQLite's transaction, all called on the writer's thread.</summary>
internal interface IGroupTarget
{
    /// <summary>Before a change runs: remember what it may alter in memory.</summary>
    void BeginChange();

    /// <summary>The change failed: put memory back.</summary>
    void UndoChange();

    /// <summary>Before COMMIT: write what a group writes once.</summary>
    void BeforeCommit();

    /// <summary>After COMMIT: the group is durable.</summary>
    void Committed();

    /// <summary>The whole group is lost: put memory back to the last commit.</summary>
    void RolledBack();
}

/// <summary>
/// The one writer of a database: a thread that takes what is queued, runs each change in its own savepoint, commits all with one
/// flush, and acknowledges only then. While it flushes, the next group gathers.
/// </summary>
internal sealed class GroupWriter : IAsyncDisposable
{
    private const int SqliteFull = 13, SqliteIo = 10, SqliteCorrupt = 11, SqliteNotADatabase = 26, SqliteNoMemory = 7;
    private const int CacheWrite = 9, PageSize = 4096;

    private readonly SqliteConnection _connection;
    private readonly IGroupTarget _target;
    private readonly StoreOptions _options;
    private readonly SemaphoreSlim _slots;
    private readonly Lock _gate = new();
    private readonly Queue<Change> _queue = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CommandCache _commands;
    private volatile StoreHasFailedException? _failure;
    private bool _closing;
    private bool _isLogDirty;
    private long _pagesAtCheckpoint;

    public GroupWriter(SqliteConnection connection, IGroupTarget target, StoreOptions options, string name)
    {
        (_connection, _target, _options) = (connection, target, options);
        _slots = new(options.QueueLimit);
        _commands = new(connection);
        new Thread(Run) { IsBackground = true, Name = $"emend writer {name}" }.Start();
    }

    /// <summary>Set once the disk has failed.</summary>
    public StoreHasFailedException? Failure => _failure;

    /// <summary>Queues a change; completes when it is durable or undone. Waits while the queue is full.</summary>
    public async Task<T> WriteAsync<T>(Func<T> work, CancellationToken cancel)
    {
        if (_failure is { } failed) throw Again(failed);
        await _slots.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var change = new Change<T>(work, cancel);
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_closing, this);
                _queue.Enqueue(change);
            }
            _arrived.Release();
            return await change.Done.Task.ConfigureAwait(false);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Finishes what is queued and stops. The connection stays open; it is its owner's.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_closing) return;
            _closing = true;
        }
        _arrived.Release();
        await _ended.Task.ConfigureAwait(false);
        _commands.Dispose();
        // _slots stays: callers whose change just completed are still about to give theirs back. It holds no handle.
        _arrived.Dispose();
    }

    private void Run()
    {
        var group = new List<Change>(_options.GroupLimit);
        while (Take(group))
        {
            if (_failure is { } failed)
            {
                foreach (var change in group) change.Fail(Again(failed));
                continue;
            }
            try
            {
                Commit(group);
                if (LogIsLarge()) Checkpoint();
            }
            catch (Exception fault)
            {
                // Nothing may leave this thread but through the changes: an escaping fault would end the process.
                Stop(group, fault);
            }
        }
        if (_failure is null) Checkpoint();
        _ended.SetResult();
    }

    // False when closing and nothing is left.
    private bool Take(List<Change> group)
    {
        group.Clear();
        while (true)
        {
            if (!_arrived.Wait(_isLogDirty ? _options.IdleCheckpoint : Timeout.InfiniteTimeSpan))
            {
                // Nothing to do for a while: move the log into the file now rather than under load.
                if (_failure is null) Checkpoint();
                continue;
            }
            lock (_gate)
            {
                while (group.Count < _options.GroupLimit && _queue.TryDequeue(out var change)) group.Add(change);
                if (group.Count > 0) break;
                if (_closing) return false;
            }
        }
        // Each queued change released once; the ones taken along with the first need no further wake-up.
        for (var i = 1; i < group.Count; i++) _arrived.Wait(TimeSpan.Zero);
        return true;
    }

    private void Commit(List<Change> group)
    {
        Execute("BEGIN IMMEDIATE");
        var kept = 0;
        foreach (var change in group)
        {
            if (change.IsCancelled())
            {
                continue;
            }
            Execute("SAVEPOINT change");
            _target.BeginChange();
            try
            {
                change.Run();
                Execute("RELEASE change");
                kept++;
            }
            catch (Exception fault) when (!IsFatal(fault))
            {
                _target.UndoChange();
                if (SqliteFile.IsAutoCommit(_connection))
                {
                    // SQLite gave the whole transaction up (it does on a full disk): nobody of this group was written.
                    _target.RolledBack();
                    FailAll(group, fault);
                    return;
                }
                Execute("ROLLBACK TO change");
                Execute("RELEASE change");
                change.Fail(Explained(fault));
            }
        }
        if (kept == 0)
        {
            SqliteFile.RollBack(_connection);
            _target.RolledBack();
            return;
        }
        var started = Stopwatch.GetTimestamp();
        try
        {
            _target.BeforeCommit();
            Execute("COMMIT");
        }
        catch (Exception fault) when (!IsFatal(fault))
        {
            SqliteFile.RollBack(_connection);
            _target.RolledBack();
            FailAll(group, fault);
            return;
        }
        _isLogDirty = true;
        JournalTelemetry.CommitTime.Record(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        JournalTelemetry.GroupSize.Record(kept);
        _target.Committed();
        foreach (var change in group) change.Acknowledge();
    }

    private void FailAll(List<Change> group, Exception fault)
    {
        foreach (var change in group) change.Fail(Explained(fault));
    }

    private Exception Explained(Exception fault) => fault is SqliteException { SqliteErrorCode: SqliteFull }
        ? new DiskIsFullException($"no space left for {_connection.DataSource}: nothing of this change was written. Free space and try again.", fault)
        : fault;

    private void Stop(List<Change> group, Exception fault)
    {
        var failed = fault as StoreHasFailedException ?? new StoreHasFailedException(
            $"writing {_connection.DataSource} failed ({fault.Message}); it is unknown whether the last changes are durable. Nothing is accepted any more: "
            + "check the disk, then start again; recovery keeps what was acknowledged.", fault);
        _failure = failed;
        try
        {
            SqliteFile.RollBack(_connection);
        }
        catch (SqliteException)
        {
            // The disk is gone; the failure above says so already.
        }
        _target.RolledBack();
        foreach (var change in group) change.Fail(Again(failed));
    }

    // A fresh exception per caller: one object thrown on many threads would mix their stacks.
    private static StoreHasFailedException Again(StoreHasFailedException failure) => new(failure.Message, failure.InnerException ?? failure);

    private static bool IsFatal(Exception fault) => fault is StoreHasFailedException
        or SqliteException { SqliteErrorCode: SqliteIo or SqliteCorrupt or SqliteNotADatabase or SqliteNoMemory };

    private void Execute(string sql) => _commands.Get(sql).ExecuteNonQuery();

    // Pages written since the last checkpoint. The log's length would not do: the file is reused and does not shrink.
    private bool LogIsLarge() => (PagesWritten() - _pagesAtCheckpoint) * PageSize > _options.LogLimit;

    private long PagesWritten()
    {
        raw.sqlite3_db_status(_connection.Handle, CacheWrite, out var pages, out _, 0);
        return pages;
    }

    private void Checkpoint()
    {
        // PASSIVE never waits for readers; what they still need stays in the log until next time.
        var status = raw.sqlite3_wal_checkpoint_v2(_connection.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out var frames, out var moved);
        _pagesAtCheckpoint = PagesWritten();
        if (status is raw.SQLITE_OK or raw.SQLITE_BUSY or SqliteFull)
        {
            _isLogDirty = frames > 0 && moved < frames;
            return;
        }
        _failure = new StoreHasFailedException(
            $"moving the log of {_connection.DataSource} into the file failed (SQLite error {status}). Nothing is accepted any more: check the disk, then start again.",
            new IOException(raw.sqlite3_errmsg(_connection.Handle).utf8_to_string()));
    }

    private abstract class Change(CancellationToken cancel)
    {
        protected CancellationToken Cancel => cancel;

        public abstract bool IsCancelled();
        public abstract void Run();
        public abstract void Acknowledge();
        public abstract void Fail(Exception why);
    }

    private sealed class Change<T>(Func<T> work, CancellationToken cancel) : Change(cancel)
    {
        private T _result = default!;

        // The caller goes on elsewhere: never on the writer's thread.
        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override bool IsCancelled() => Cancel.IsCancellationRequested && Done.TrySetCanceled(Cancel);

        public override void Run() => _result = work();

        // Does nothing to a change that failed or was cancelled before.
        public override void Acknowledge() => Done.TrySetResult(_result);

        public override void Fail(Exception why) => Done.TrySetException(why);
    }
}
