using Emend.Engine.Journal;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Storage;

/// <summary>One change in progress: row, journal entry and read models commit together, or none of them.</summary>
internal abstract class UnitOfWork
{
    /// <summary>When this change is recorded, microseconds since 1970 UTC; never before the newest entry.</summary>
    public abstract long Now { get; }

    /// <summary>A prepared command on the writer connection, cached by its text; parameters are set by name before each use.</summary>
    public abstract SqliteCommand Command(string sql);

    /// <summary>Appends an entry; the projections have taken it in when this returns.</summary>
    public abstract JournalEntry Append(SealedDraft draft);
}

/// <summary>A draft whose fields are committed to and encrypted: made on the caller's thread so that the writer only writes.</summary>
internal abstract class SealedDraft
{
    /// <summary>What was sealed.</summary>
    public abstract JournalDraft Draft { get; }

    /// <summary>The same draft with only the records at <paramref name="positions"/> (ascending); costs no new cryptography.</summary>
    public abstract SealedDraft Only(IReadOnlyList<int> positions);
}
