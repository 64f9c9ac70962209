using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Tests.Capturing;

/// <summary>A workspace without disk and keys, cheap enough for a thousand of them in a test. Projections see what they see in the real one: no protected field.</summary>
internal sealed class MemoryStore : IWorkspaceStore
{
    private readonly SqliteConnection _connection = new("Data Source=:memory:");
    private readonly CommandCache _commands;
    private readonly List<JournalEntry> _entries = [];
    private readonly Dictionary<string, Guid> _principals = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, string> _names = [];
    private readonly TimeProvider _clock;
    private readonly Random _random;
    // One connection for all: whoever reads or writes is alone. A thread may enter again.
    private readonly Lock _gate = new();
    private readonly Unit _unit;
    private IReadOnlyList<IProjection> _projections = IntakeProjections.Create();

    /// <param name="clock">Clock.</param>
    /// <param name="seed">Pseudonyms and marks are random in a real store: another seed gives others.</param>
    public MemoryStore(TimeProvider clock, int seed = 1)
    {
        (_clock, _random) = (clock, new Random(seed));
        _connection.Open();
        _connection.CreateFunction("name_of", (string? principal) => Guid.TryParse(principal, out var id) ? NameOf(id) : null);
        Migrator.Migrate(_connection, clock);
        _commands = new(_connection);
        _unit = new(this);
    }

    public long Size => _entries.Count;

    /// <summary>Runs between the look at a batch and its writing: what a test puts here wins the race.</summary>
    public Action? BeforeWrite { get; set; }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _entries.Clear();
        _principals.Clear();
        _names.Clear();
        Empty();
    }

    /// <summary>Empties the read models and takes the journal in again.</summary>
    public void Rebuild()
    {
        Empty();
        foreach (var entry in _entries)
            foreach (var projection in _projections) projection.Apply(_unit, Open(entry));
        foreach (var projection in _projections) projection.Settle(_unit);
    }

    /// <summary>SHA-256 over the rows of the digest queries.</summary>
    public string Digest()
    {
        var text = new StringBuilder();
        foreach (var query in _projections.SelectMany(static p => p.DigestQueries))
        {
            text.Append('\f');
            using var rows = _commands.Get(query).ExecuteReader();
            while (rows.Read())
            {
                for (var i = 0; i < rows.FieldCount; i++) text.Append(rows.IsDBNull(i) ? "\0" : Convert.ToString(rows.GetValue(i), CultureInfo.InvariantCulture)).Append('\t');
                text.Append('\n');
            }
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    public SealedDraft Seal(JournalDraft draft) => new Sealed(draft);

    public Task<T> WriteAsync<T>(Func<UnitOfWork, T> work, CancellationToken cancel)
    {
        using var alone = _gate.EnterScope();
        var before = BeforeWrite;
        BeforeWrite = null;
        before?.Invoke();
        var size = _entries.Count;
        _commands.Get("BEGIN").ExecuteNonQuery();
        try
        {
            var result = work(_unit);
            _commands.Get("COMMIT").ExecuteNonQuery();
            return Task.FromResult(result);
        }
        catch
        {
            _commands.Get("ROLLBACK").ExecuteNonQuery();
            _entries.RemoveRange(size, _entries.Count - size);
            throw;
        }
    }

    public T Read<T>(Func<SqliteConnection, T> read)
    {
        using var alone = _gate.EnterScope();
        return read(_connection);
    }

    public IEnumerable<JournalEntry> Entries(long from = 0, long? to = null)
    {
        using var alone = _gate.EnterScope();
        return [.. _entries.Skip((int)from).Take((int)((to ?? _entries.Count) - from))];
    }

    public JournalRecord Record(long entry, int position)
    {
        using var alone = _gate.EnterScope();
        return _entries[(int)entry].Records[position];
    }

    public Guid PrincipalOf(string name)
    {
        using var alone = _gate.EnterScope();
        if (_principals.TryGetValue(name, out var known)) return known;
        var bytes = new byte[16];
        _random.NextBytes(bytes);
        var principal = new Guid(bytes);
        _principals.Add(name, principal);
        _names.Add(principal, name);
        return principal;
    }

    public string? NameOf(Guid principal) => _names.GetValueOrDefault(principal);

    public Guid? TokenOf(string subject) => Token(subject);

    public string Mark(string scope, string value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(scope + "\n" + value)).AsSpan(0, 8));

    public ValueTask DisposeAsync()
    {
        _commands.Dispose();
        return _connection.DisposeAsync();
    }

    private void Empty()
    {
        foreach (var table in _projections.SelectMany(static p => p.Tables)) _commands.Get("DELETE FROM " + table).ExecuteNonQuery();
        _projections = IntakeProjections.Create();
    }

    private static JournalEntry Open(JournalEntry entry) => entry with
    {
        Records = [.. entry.Records.Select(Open)],
    };

    private static JournalRecord Open(JournalRecord record) =>
        new(record.Id, null, [.. record.Fields.Select(static field => field.Class >= FieldClass.Personal ? field with { Json = null } : field)]) { Token = record.Subject is { } subject ? Token(subject) : Guid.Empty };

    private static Guid Token(string subject) => new(SHA256.HashData(Encoding.UTF8.GetBytes(subject)).AsSpan(0, 16));

    private sealed class Unit(MemoryStore store) : UnitOfWork
    {
        public override long Now => Microseconds.Of(store._clock.GetUtcNow());

        public override SqliteCommand Command(string sql) => store._commands.Get(sql);

        public override Guid PrincipalOf(string name) => store.PrincipalOf(name);

        public override JournalRecord Record(long entry, int position) => store.Record(entry, position);

        public override IReadOnlyList<JournalEntry> OpenEntries(long from, long to) => [.. store.Entries(from, to).Select(Open)];

        public override IReadOnlyList<JournalRecord> OpenRecords(IReadOnlyList<(long Entry, int Position)> records) => [.. records.Select(at => Open(store.Record(at.Entry, at.Position)))];

        public override JournalEntry Append(SealedDraft draft)
        {
            var entry = new JournalEntry
            {
                Index = store._entries.Count,
                EntryId = new Guid(store._entries.Count, 0, 0, new byte[8]),
                Type = draft.Draft.Type,
                SchemaVersion = draft.Draft.SchemaVersion,
                RecordedAt = Now,
                OccurredAt = draft.Draft.OccurredAt ?? Now,
                Actor = draft.Draft.Actor,
                Records = draft.Draft.Records,
            };
            store._entries.Add(entry);
            foreach (var projection in store._projections) projection.Apply(this, Open(entry));
            return entry;
        }
    }

    private sealed class Sealed(JournalDraft draft) : SealedDraft
    {
        public override JournalDraft Draft => draft;

        public override SealedDraft Only(IReadOnlyList<int> positions) => new Sealed(draft with { Records = [.. positions.Select(p => draft.Records[p])] });
    }
}
