using System.Collections.Immutable;
using System.Security.Cryptography;
using Emend.Engine.Journal;
using Emend.Engine.Privacy;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Storage;

/// <summary>One workspace in one SQLite file, with its keys beside it. The only way to its data.</summary>
internal sealed class SqliteWorkspaceStore : IWorkspaceStore
{
    private const int Page = 256;

    private readonly SqliteConnection? _connection;
    private readonly FileStream? _lock;
    private readonly WorkspaceUnit? _unit;
    private readonly GroupWriter? _writer;
    private readonly ReaderPool _readers;
    private readonly RecordSealer _sealer;
    private readonly JournalReader _reader;
    private int _isDisposed;

    private SqliteWorkspaceStore(WorkspaceFiles files, Guid id, KeyStore keys, ImmutableArray<IProjection> projections, TimeProvider clock,
        StoreOptions options, SqliteConnection? connection, FileStream? held)
    {
        (Files, Id, Keys, Projections, Clock, _connection, _lock) = (files, id, keys, projections, clock, connection, held);
        _readers = new(files.Journal, AddFunctions);
        _sealer = new(id, keys, clock);
        _reader = new(id, keys);
        if (connection is null) return;
        AddFunctions(connection);
        _unit = new(connection, id, keys, projections, clock);
        _writer = new(connection, _unit, options, files.Name);
    }

    /// <summary>Name of the journal in its checkpoints.</summary>
    public string Origin => $"emend/{Files.Name}/{Id:N}";

    /// <summary>Where it lies.</summary>
    public WorkspaceFiles Files { get; }

    /// <summary>Random id of the workspace, bound into every entry.</summary>
    public Guid Id { get; }

    /// <summary>Keys of subjects and names behind pseudonyms.</summary>
    public KeyStore Keys { get; }

    /// <summary>Read models, in the order they take an entry in.</summary>
    public ImmutableArray<IProjection> Projections { get; }

    internal TimeProvider Clock { get; }

    /// <summary>Set once the disk has failed under a write: nothing is acknowledged any more.</summary>
    public StoreHasFailedException? Failure => _writer?.Failure;

    /// <inheritdoc/>
    public long Size => _unit?.Durable ?? WithReader(static reader => StoredSize(reader.Commands));

    /// <summary>Opens a workspace, creating it when it does not exist; read models that are behind catch up first.</summary>
    /// <exception cref="WorkspaceIsInUseException">Another process writes it.</exception>
    /// <exception cref="StorageException">The file, its keys or their permissions are not right; the message says how to fix it.</exception>
    public static async Task<SqliteWorkspaceStore> OpenAsync(DataDirectory directory, string workspace, IEnumerable<IProjection> projections,
        TimeProvider clock, StoreOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(clock);
        cancel.ThrowIfCancellationRequested();
        options ??= new();
        var files = directory.Workspace(workspace);
        var store = options.ReadOnly ? OpenReader(files, [.. projections], clock, options) : OpenWriter(files, [.. projections], clock, options);
        try
        {
            if (!options.ReadOnly)
            {
                await EraseSubject.FinishAsync(store, cancel).ConfigureAwait(false);
                await CatchUp.RunAsync(store, cancel).ConfigureAwait(false);
            }
            return store;
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public SealedDraft Seal(JournalDraft draft) => _sealer.Seal(draft);

    /// <inheritdoc/>
    public Task<T> WriteAsync<T>(Func<UnitOfWork, T> work, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(work);
        return OnWriterAsync(work, cancel);
    }

    /// <inheritdoc/>
    public T Read<T>(Func<SqliteConnection, T> read) => _readers.Read(reader => read(reader.Connection));

    /// <inheritdoc/>
    public IEnumerable<JournalEntry> Entries(long from = 0, long? to = null)
    {
        var end = Math.Min(to ?? long.MaxValue, Size);
        // Page by page: a snapshot held for a whole walk would keep the log from being moved into the file.
        for (var at = from; at < end; at += Page)
        {
            var (first, last) = (at, Math.Min(at + Page, end));
            foreach (var entry in _readers.Read(reader => _reader.Entries(reader.Commands, first, last, isOpenOnly: false))) yield return entry;
        }
    }

    /// <summary>Index of an entry; null when the journal has none of this id.</summary>
    public long? IndexOf(Guid entryId) =>
        WithReader(reader => reader.Commands.Get(JournalSql.IndexOf).Bind("@id", entryId.ToByteArray(bigEndian: true)).ExecuteScalar() as long?);

    /// <inheritdoc/>
    public JournalRecord Record(long entry, int position) => _readers.Read(reader => _reader.Record(reader.Commands, entry, position));

    /// <inheritdoc/>
    public IReadOnlyList<JournalRecord> OpenRecords(IReadOnlyList<(long Entry, int Position)> records) => _readers.Read(reader => JournalReader.OpenRecords(reader.Commands, records));

    /// <inheritdoc/>
    public IReadOnlyList<string?> Subjects(IReadOnlyList<(long Entry, int Position)> records) => _readers.Read(reader => _reader.Subjects(reader.Commands, records));

    /// <inheritdoc/>
    public Guid PrincipalOf(string name) => Keys.PrincipalOf(name);

    /// <inheritdoc/>
    public string? NameOf(Guid principal) => Keys.NameOf(principal);

    /// <inheritdoc/>
    public Guid? TokenOf(string subject) => Keys.Known(subject)?.Token;

    /// <inheritdoc/>
    public string Mark(string scope, string value) => Keys.Mark(scope, value);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        if (_writer is not null) await _writer.DisposeAsync().ConfigureAwait(false);
        _readers.Dispose();
        _unit?.Dispose();
        if (_connection is not null) await _connection.DisposeAsync().ConfigureAwait(false);
        Keys.Dispose();
        if (_lock is not null) await _lock.DisposeAsync().ConfigureAwait(false);
    }

    internal Task<T> OnWriterAsync<T>(Func<WorkspaceUnit, T> work, CancellationToken cancel)
    {
        if (_writer is null || _unit is null)
            throw new InvalidOperationException($"workspace '{Files.Name}' was opened for reading only");
        return _writer.WriteAsync(() => work(_unit), cancel);
    }

    /// <summary>Texts of the statements that reads have used so far, for looking at how they are carried out.</summary>
    internal IReadOnlySet<string> ReadTexts() => _readers.Texts();

    internal T WithReader<T>(Func<ReaderPool.Reader, T> read) => _readers.Read(read);

    private static long StoredSize(CommandCache commands)
    {
        using var row = commands.Get(JournalSql.Tree).ExecuteReader();
        return row.Read() ? row.GetInt64(0) : 0;
    }

    private static SqliteWorkspaceStore OpenReader(WorkspaceFiles files, ImmutableArray<IProjection> projections, TimeProvider clock, StoreOptions options)
    {
        if (!File.Exists(files.Journal)) throw new StorageException($"there is no workspace '{files.Name}' ({files.Journal} does not exist)");
        using var connection = SqliteFile.Open(files.Journal, SqliteOpenMode.ReadOnly);
        var id = KnownId(connection, files) ?? throw new StorageException($"{files.Journal} is not a journal: it names no workspace");
        var keys = KeyStore.Open(files, id, isNew: false, readOnly: true, clock, options.CachedKeys);
        return new(files, id, keys, projections, clock, options, null, null);
    }

    private static SqliteWorkspaceStore OpenWriter(WorkspaceFiles files, ImmutableArray<IProjection> projections, TimeProvider clock, StoreOptions options)
    {
        Directory.CreateDirectory(files.Folder);
        var held = files.TakeLock();
        SqliteConnection? connection = null;
        KeyStore? keys = null;
        try
        {
            connection = SqliteFile.Open(files.Journal, SqliteOpenMode.ReadWriteCreate);
            Migrator.Migrate(connection, clock);
            var id = KnownId(connection, files) ?? Name(connection, files);
            // Keys are made while the journal is empty and never later: a lost key store must not pass unnoticed.
            keys = KeyStore.Open(files, id, isNew: IsEmpty(connection), readOnly: false, clock, options.CachedKeys);
            return new(files, id, keys, projections, clock, options, connection, held);
        }
        catch
        {
            keys?.Dispose();
            connection?.Dispose();
            held.Dispose();
            throw;
        }
    }

    private static Guid? KnownId(SqliteConnection connection, WorkspaceFiles files)
    {
        using var commands = new CommandCache(connection);
        using var row = commands.Get(JournalSql.Workspace).ExecuteReader();
        if (!row.Read()) return null;
        if (row.GetString(0) != files.Name)
            throw new StorageException($"{files.Journal} is the journal of workspace '{row.GetString(0)}', not of '{files.Name}': a workspace cannot be renamed by moving its folder");
        return new Guid(row.GetFieldValue<byte[]>(1), bigEndian: true);
    }

    private static bool IsEmpty(SqliteConnection connection)
    {
        using var commands = new CommandCache(connection);
        return commands.Get(JournalSql.LastIndex).ExecuteScalar() is not long;
    }

    private static Guid Name(SqliteConnection connection, WorkspaceFiles files)
    {
        var id = new Guid(RandomNumberGenerator.GetBytes(16));
        using var commands = new CommandCache(connection);
        SqliteFile.InTransaction(connection, () =>
        {
            commands.Get(JournalSql.AddWorkspace).Bind("@name", files.Name).Bind("@token", id.ToByteArray(bigEndian: true)).ExecuteNonQuery();
            commands.Get(JournalSql.AddTree).Bind("@root", MerkleHash.Empty).ExecuteNonQuery();
        });
        return id;
    }

    // Pseudonyms are random, so a digest over them would differ between equal states: digests ask for the name.
    private void AddFunctions(SqliteConnection connection) =>
        connection.CreateFunction("name_of", (string? principal) => Guid.TryParse(principal, out var id) ? NameOf(id) : null);
}
