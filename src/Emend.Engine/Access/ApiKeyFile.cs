using System.Collections.Immutable;
using Emend.Engine.Privacy;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Access;

/// <summary>
/// The keys of an installation, in <c>keys/access.db</c>: outside the workspaces, because a request's key says which workspace it
/// is for, and usable by the command line while a server runs.
/// </summary>
/// <remarks>
/// Unlike the journals this file is written by more than one process, so it uses SQLite's rollback journal: the WAL-reset race of
/// <see cref="SqliteFile.FirstWithoutWalResetRace"/> needs a write-ahead log. Writes are rare and small.
/// </remarks>
internal sealed class ApiKeyFile : IDisposable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS api_key (
            id         TEXT PRIMARY KEY,
            name       TEXT NOT NULL,
            is_service INTEGER NOT NULL,
            workspace  TEXT NOT NULL,
            roles      TEXT NOT NULL,     -- names, one space between
            hash       BLOB NOT NULL,     -- HMAC-SHA256 of the secret under the pepper beside this file
            created_us INTEGER NOT NULL,
            created_by TEXT NOT NULL,
            expires_us INTEGER NOT NULL,
            revoked_us INTEGER,
            used_us    INTEGER
        ) WITHOUT ROWID;

        -- What happened to keys and is not in their workspace's journal yet; whoever holds the journal takes it over.
        CREATE TABLE IF NOT EXISTS key_event (
            id         TEXT PRIMARY KEY,
            what       TEXT NOT NULL,
            key_id     TEXT NOT NULL,
            workspace  TEXT NOT NULL,
            holder     TEXT NOT NULL,
            roles      TEXT NOT NULL,
            is_service INTEGER NOT NULL,
            done_by    TEXT NOT NULL,
            at_us      INTEGER NOT NULL,
            until_us   INTEGER NOT NULL
        ) WITHOUT ROWID;
        """;

    private const string KeyColumns = "id, name, is_service, workspace, roles, hash, created_us, created_by, expires_us, revoked_us, used_us";
    private const string AllKeys = $"SELECT {KeyColumns} FROM api_key ORDER BY created_us, id";
    private const string AddKey = $"INSERT INTO api_key ({KeyColumns}) VALUES (@id, @name, @service, @workspace, @roles, @hash, @created, @by, @expires, NULL, NULL)";
    private const string EndKey = "UPDATE api_key SET expires_us = @expires, revoked_us = @revoked WHERE id = @id";
    private const string UseKey = "UPDATE api_key SET used_us = @used WHERE id = @id AND (used_us IS NULL OR used_us < @used)";
    private const string AddEvent = "INSERT INTO key_event (id, what, key_id, workspace, holder, roles, is_service, done_by, at_us, until_us) VALUES (@id, @what, @key, @workspace, @holder, @roles, @service, @by, @at, @until)";
    private const string Events = "SELECT id, what, key_id, workspace, holder, roles, is_service, done_by, at_us, until_us FROM key_event WHERE workspace = @workspace ORDER BY at_us, id";
    private const string DropEvent = "DELETE FROM key_event WHERE id = @id";

    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;
    private readonly CommandCache _commands;

    private ApiKeyFile(SqliteConnection connection)
    {
        _connection = connection;
        _commands = new(connection);
    }

    /// <summary>Opens it, creating it on first use.</summary>
    /// <exception cref="StorageException">Others may read it, or it cannot be opened.</exception>
    public static ApiKeyFile Open(string path)
    {
        if (!File.Exists(path))
        {
            try
            {
                // Made here and not by SQLite, which would use the process's umask.
                PrivateFile.Create(path, []);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another process was first.
            }
        }
        PrivateFile.Check(path);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 30 }.ToString());
        try
        {
            connection.Open();
            SqliteFile.Execute(connection, "PRAGMA journal_mode = DELETE");
            SqliteFile.Execute(connection, "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
            SqliteFile.Execute(connection, Schema);
            return new(connection);
        }
        catch (SqliteException fault)
        {
            connection.Dispose();
            throw new StorageException($"cannot open {path}: {fault.Message}", fault);
        }
    }

    /// <summary>Changes when another process has written: cheap to ask often.</summary>
    public long Version()
    {
        lock (_gate) return (long)_commands.Get("PRAGMA data_version").ExecuteScalar()!;
    }

    /// <summary>All keys, oldest first.</summary>
    public ImmutableArray<ApiKey> Keys()
    {
        lock (_gate)
        {
            using var row = _commands.Get(AllKeys).ExecuteReader();
            var keys = ImmutableArray.CreateBuilder<ApiKey>();
            while (row.Read())
            {
                keys.Add(new()
                {
                    Id = row.GetString(0),
                    Name = row.GetString(1),
                    IsService = row.GetInt64(2) != 0,
                    Workspace = row.GetString(3),
                    Roles = ReadRoles(row.GetString(4)),
                    Hash = row.GetFieldValue<byte[]>(5),
                    CreatedAt = row.GetInt64(6),
                    CreatedBy = row.GetString(7),
                    ExpiresAt = row.GetInt64(8),
                    RevokedAt = row.IsDBNull(9) ? null : row.GetInt64(9),
                    LastUsedAt = row.IsDBNull(10) ? null : row.GetInt64(10),
                });
            }
            return keys.DrainToImmutable();
        }
    }

    /// <summary>Adds keys, ends others, and notes what happened, all of it or nothing.</summary>
    public void Change(IEnumerable<ApiKey> added, IEnumerable<ApiKey> ended, IEnumerable<KeyEvent> events) => InTransaction(() =>
    {
        foreach (var key in added)
        {
            _commands.Get(AddKey).Bind("@id", key.Id).Bind("@name", key.Name).Bind("@service", key.IsService ? 1 : 0).Bind("@workspace", key.Workspace)
                .Bind("@roles", Write(key.Roles)).Bind("@hash", key.Hash).Bind("@created", key.CreatedAt).Bind("@by", key.CreatedBy).Bind("@expires", key.ExpiresAt).ExecuteNonQuery();
        }
        foreach (var key in ended)
            _commands.Get(EndKey).Bind("@id", key.Id).Bind("@expires", key.ExpiresAt).Bind("@revoked", key.RevokedAt).ExecuteNonQuery();
        foreach (var happened in events)
        {
            _commands.Get(AddEvent).Bind("@id", happened.Id).Bind("@what", happened.What).Bind("@key", happened.KeyId).Bind("@workspace", happened.Workspace)
                .Bind("@holder", happened.Holder).Bind("@roles", Write(happened.Roles)).Bind("@service", happened.IsService ? 1 : 0)
                .Bind("@by", happened.By).Bind("@at", happened.At).Bind("@until", happened.Until).ExecuteNonQuery();
        }
    });

    /// <summary>Notes when keys were last used.</summary>
    public void NoteUse(IReadOnlyCollection<(string Id, long At)> uses) => InTransaction(() =>
    {
        foreach (var (id, at) in uses) _commands.Get(UseKey).Bind("@id", id).Bind("@used", at).ExecuteNonQuery();
    });

    /// <summary>What happened to keys of a workspace and is not journaled yet, oldest first.</summary>
    public IReadOnlyList<KeyEvent> Unjournaled(string workspace)
    {
        lock (_gate)
        {
            using var row = _commands.Get(Events).Bind("@workspace", workspace).ExecuteReader();
            var events = new List<KeyEvent>();
            while (row.Read())
                events.Add(new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), ReadRoles(row.GetString(5)), row.GetInt64(6) != 0, row.GetString(7), row.GetInt64(8), row.GetInt64(9)));
            return events;
        }
    }

    /// <summary>These are in the journal now.</summary>
    public void Journaled(IEnumerable<string> ids) => InTransaction(() =>
    {
        foreach (var id in ids) _commands.Get(DropEvent).Bind("@id", id).ExecuteNonQuery();
    });

    public void Dispose()
    {
        _commands.Dispose();
        _connection.Dispose();
    }

    private void InTransaction(Action write)
    {
        lock (_gate) SqliteFile.InTransaction(_connection, write);
    }

    private static string Write(ImmutableArray<Role> roles) => string.Join(' ', roles.Select(static role => role.Name()));

    // A role this version does not know (written by a newer one) grants nothing.
    private static ImmutableArray<Role> ReadRoles(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Roles.Of).OfType<Role>()];
}
