using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Learning.Written;

/// <summary>What people write for agents and remove again: which of it stood when, and who wrote it. Shared by rules and guidance.</summary>
/// <param name="table">Name of the table.</param>
/// <param name="projection">Name of the read model.</param>
/// <param name="written">Type of the entry that adds.</param>
/// <param name="removed">Type of the entry that removes.</param>
#pragma warning disable CA2100 // The names are constants of this folder and its neighbour.
internal sealed class WrittenTable(string table, string projection, string written, string removed)
{
    /// <summary>For "as it is now".</summary>
    public const long Now = long.MaxValue;

    private readonly string _standing = $"SELECT id FROM {table} WHERE agent = @agent AND removed_at IS NULL";
    // Grows with every change: entries are numbered in order, and the next one is higher than all before.
    private readonly string _version = $"SELECT MAX(COALESCE(MAX(entry), -1), COALESCE(MAX(removed_at), -1)) + 1 FROM {table} WHERE agent = @agent";
    private readonly string _places = $"SELECT entry, position FROM {table} WHERE agent = @agent AND entry < @upTo AND (removed_at IS NULL OR removed_at >= @upTo) ORDER BY id";
    private readonly string _authors = $"SELECT DISTINCT author FROM {table} WHERE agent = @agent AND id = @id ORDER BY author";

    /// <summary>The records that stood before a journal entry, by id.</summary>
    public IReadOnlyList<JournalRecord> AsOf(IWorkspaceStore store, string agent, long upTo) =>
        store.Read(connection => SignalRows.All(Select(connection, _places, agent).Bind("@upTo", upTo), static row => (Entry: row.GetInt64(0), Position: row.GetInt32(1))))
            .ConvertAll(at => store.Record(at.Entry, at.Position));

    /// <summary>Pseudonyms of everybody who ever wrote this, sorted; none for what was learned.</summary>
    public IReadOnlyList<string> Authors(IWorkspaceStore store, string agent, string id) =>
        store.Read(connection => SignalRows.All(Select(connection, _authors, agent).Bind("@id", id), static row => row.GetString(0)));

    /// <summary>The version of what is written for an agent.</summary>
    public long Version(IWorkspaceStore store, string agent) => store.Read(connection => SignalRows.All(Select(connection, _version, agent), static row => row.GetInt64(0)))[0];

    /// <summary>The same, as the writer sees it.</summary>
    public long Version(UnitOfWork work, string agent) => SignalRows.All(work.Command(_version).Bind("@agent", agent), static row => row.GetInt64(0))[0];

    /// <summary>Ids of what stands, as the writer sees it.</summary>
    public IReadOnlySet<string> Standing(UnitOfWork work, string agent) =>
        SignalRows.All(work.Command(_standing).Bind("@agent", agent), static row => row.GetString(0)).ToHashSet(StringComparer.Ordinal);

    /// <summary>The read model.</summary>
    public IProjection Projection { get; } = new WrittenProjection(table, projection, written, removed);

    private static SqliteCommand Select(SqliteConnection connection, string sql, string agent)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.Bind("@agent", agent);
    }
}

/// <summary>What of a <see cref="WrittenTable"/> stood when.</summary>
internal sealed class WrittenProjection(string table, string projection, string written, string removed) : IProjection
{
    private readonly string _add = $"INSERT INTO {table} (entry, position, agent, id, author) VALUES (@entry, @position, @agent, @id, @author)";
    private readonly string _remove = $"UPDATE {table} SET removed_at = @entry WHERE agent = @agent AND id = @id AND removed_at IS NULL";

    /// <inheritdoc/>
    public string Name => projection;

    /// <inheritdoc/>
    public IReadOnlyList<string> Tables { get; } = [table];

    /// <inheritdoc/>
    public IReadOnlyList<string> DigestQueries { get; } = [$"SELECT agent, id, name_of(author), removed_at IS NOT NULL FROM {table} ORDER BY agent, id, entry, position"];

    /// <inheritdoc/>
    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        var isNew = string.Equals(entry.Type, written, StringComparison.Ordinal);
        if (!isNew && !string.Equals(entry.Type, removed, StringComparison.Ordinal)) return;
        for (var position = 0; position < entry.Records.Length; position++)
        {
            var record = entry.Records[position];
            var command = work.Command(isNew ? _add : _remove).Bind("@entry", entry.Index).Bind("@agent", record.Text("agent")).Bind("@id", record.Id);
            if (isNew) command.Bind("@position", position).Bind("@author", ReleasingProjection.PersonOf(work, entry.Actor));
            command.ExecuteNonQuery();
        }
    }
}
#pragma warning restore CA2100
