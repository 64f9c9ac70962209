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

    /// <summary>One record of an entry, decrypted where the key still exists; sees what this change and those before it in its group appended.</summary>
    public abstract JournalRecord Record(long entry, int position);

    /// <summary>Entries of a range as projections see them: open fields only.</summary>
    public abstract IReadOnlyList<JournalEntry> OpenEntries(long from, long to);

    /// <summary>Records as projections see them, each run of the journal read once for all that is asked of it.</summary>
    public abstract IReadOnlyList<JournalRecord> OpenRecords(IReadOnlyList<(long Entry, int Position)> records);

    /// <summary>Pseudonym of a person or service, made on first use: what tables keep in place of a name.</summary>
    public abstract Guid PrincipalOf(string name);
}

/// <summary>A draft whose fields are committed to and encrypted: made on the caller's thread so that the writer only writes.</summary>
internal abstract class SealedDraft
{
    /// <summary>What was sealed.</summary>
    public abstract JournalDraft Draft { get; }

    /// <summary>The same draft with only the records at <paramref name="positions"/> (ascending); costs no new encryption.</summary>
    /// <remarks>Of a draft and its selections, one may be appended: they share an entry id.</remarks>
    public abstract SealedDraft Only(IReadOnlyList<int> positions);
}
