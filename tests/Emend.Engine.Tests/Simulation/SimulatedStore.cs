using Emend.Engine.Journal;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Tests.Simulation;

/// <summary>The process is gone: whoever waited for an answer gets none.</summary>
internal sealed class SimulatedCrash() : Exception("the process was killed");

/// <summary>What happens to the next write.</summary>
internal enum WriteFault : byte
{
    None,
    /// <summary>No space: refused, nothing written.</summary>
    DiskFull,
    /// <summary>Killed before anything was written.</summary>
    CrashBefore,
    /// <summary>Killed between the key store's commit and the journal's.</summary>
    CrashBetweenKeysAndJournal,
    /// <summary>Killed after the commit, before the answer.</summary>
    CrashAfter,
    /// <summary>A planted bug: the answer is given, the write is lost.</summary>
    AnswerWithoutWriting,
}

/// <summary>The real store of a workspace, seen through what may go wrong between a stage and its disk, and what others may do between a look and a write.</summary>
internal sealed class SimulatedStore(SqliteWorkspaceStore real) : IWorkspaceStore
{
    /// <summary>What happens to the next write.</summary>
    public WriteFault Fault { get; set; }

    /// <summary>Runs before the next write: somebody who was faster.</summary>
    public Func<Task>? Meanwhile { get; set; }

    public long Size => real.Size;

    public SealedDraft Seal(JournalDraft draft) => real.Seal(draft);

    public async Task<T> WriteAsync<T>(Func<UnitOfWork, T> work, CancellationToken cancel)
    {
        var (other, fault) = (Meanwhile, Fault);
        (Meanwhile, Fault) = (null, WriteFault.None);
        if (other is not null) await other();
        switch (fault)
        {
            case WriteFault.DiskFull:
                throw new DiskIsFullException("the disk is full", new IOException());
            case WriteFault.CrashBefore:
                throw new SimulatedCrash();
            case WriteFault.CrashBetweenKeysAndJournal:
                real.Keys.Flush();
                throw new SimulatedCrash();
            case WriteFault.AnswerWithoutWriting:
                T? lost = default;
                await Assert.ThrowsAsync<SimulatedCrash>(() => real.WriteAsync<int>(unit =>
                {
                    lost = work(unit);
                    throw new SimulatedCrash();
                }, cancel));
                return lost!;
        }
        var result = await real.WriteAsync(work, cancel);
        return fault == WriteFault.CrashAfter ? throw new SimulatedCrash() : result;
    }

    public T Read<T>(Func<SqliteConnection, T> read) => real.Read(read);

    public IEnumerable<JournalEntry> Entries(long from = 0, long? to = null) => real.Entries(from, to);

    public JournalRecord Record(long entry, int position) => real.Record(entry, position);

    public Guid PrincipalOf(string name) => real.PrincipalOf(name);

    public string? NameOf(Guid principal) => real.NameOf(principal);

    public Guid? TokenOf(string subject) => real.TokenOf(subject);

    public string Mark(string scope, string value) => real.Mark(scope, value);

    public ValueTask DisposeAsync() => real.DisposeAsync();
}
