using Emend.Engine.Journal;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Storage;

/// <summary>The store of one workspace: one writer that commits in groups, any number of readers.</summary>
internal interface IWorkspaceStore : IAsyncDisposable
{
    /// <summary>Entries in the journal that are durable.</summary>
    long Size { get; }

    /// <summary>Commits to and encrypts a draft's fields. CPU only; safe on any thread.</summary>
    SealedDraft Seal(JournalDraft draft);

    /// <summary>
    /// Runs <paramref name="work"/> on the writer. Completes after the commit is durable. An exception rolls this change back and
    /// no other of its group. Cancelling helps only while the change waits for its turn.
    /// </summary>
    /// <exception cref="DiskIsFullException">Nothing of this change was written; it may be tried again.</exception>
    /// <exception cref="StoreHasFailedException">The disk failed: this store acknowledges nothing any more.</exception>
    Task<T> WriteAsync<T>(Func<UnitOfWork, T> work, CancellationToken cancel);

    /// <summary>Runs a read on a snapshot; never waits for the writer.</summary>
    T Read<T>(Func<SqliteConnection, T> read);

    /// <summary>Entries from <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive; null: to the end), decrypted where the key still exists.</summary>
    IEnumerable<JournalEntry> Entries(long from = 0, long? to = null);

    /// <summary>Pseudonym of a person or service, made on first use and durable with the next commit. Records and read models name people by it only.</summary>
    Guid PrincipalOf(string name);

    /// <summary>Name behind a pseudonym; null once it was erased.</summary>
    string? NameOf(Guid principal);

    /// <summary>Name of the key that protects what is about a subject (<see cref="JournalRecord.Token"/>); null when nothing is, or it was erased.</summary>
    Guid? TokenOf(string subject);

    /// <summary>
    /// Keyed fingerprint (HMAC under a secret of the workspace, 16 lower-case hexadecimal digits): tells whether two values of one
    /// <paramref name="scope"/> are equal without keeping either. Values of different scopes cannot be compared.
    /// </summary>
    string Mark(string scope, string value);

    /// <summary>One record of an entry, decrypted where the key still exists.</summary>
    JournalRecord Record(long entry, int position);

    /// <summary>Records with their open fields only (class C0 and C1), not decrypted; protected fields and the subject are null.</summary>
    IReadOnlyList<JournalRecord> OpenRecords(IReadOnlyList<(long Entry, int Position)> records) =>
        [.. records.Select(at => Record(at.Entry, at.Position)).Select(static record => new JournalRecord(record.Id, null, [.. record.Fields.Select(static f => f.Class < FieldClass.Personal ? f : f with { Json = null })]))];

    /// <summary>Whom records are about, without decrypting them; null where nobody, or where the key was destroyed.</summary>
    IReadOnlyList<string?> Subjects(IReadOnlyList<(long Entry, int Position)> records) => [.. records.Select(at => Record(at.Entry, at.Position).Subject)];
}
