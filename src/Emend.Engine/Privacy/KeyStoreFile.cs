using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Privacy;

/// <summary>The key store's database: one connection that writes, one that reads.</summary>
internal sealed class KeyStoreFile : IDisposable
{
    private readonly Lock _reading = new(), _writing = new();
    private readonly SqliteConnection _writer, _reader;
    private readonly CommandCache _reads, _writes;

    private KeyStoreFile(SqliteConnection writer, SqliteConnection reader)
    {
        (_writer, _reader) = (writer, reader);
        (_reads, _writes) = (new(reader), new(writer));
    }

    public static KeyStoreFile Open(WorkspaceFiles files, bool readOnly)
    {
        if (!readOnly && !File.Exists(files.KeyStore))
        {
            DataDirectory.CreatePrivate(files.KeyFolder);
            // Made here and not by SQLite, which would use the process's umask.
            PrivateFile.Create(files.KeyStore, []);
        }
        PrivateFile.Check(files.KeyStore);
        var mode = readOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite;
        var writer = SqliteFile.Open(files.KeyStore, mode);
        if (!readOnly)
        {
            // Overwrite what is deleted: a destroyed key must not linger in free pages.
            SqliteFile.Execute(writer, "PRAGMA secure_delete = ON");
            SqliteFile.Execute(writer, KeyStoreSql.Create);
        }
        return new(writer, SqliteFile.Open(files.KeyStore, SqliteOpenMode.ReadOnly));
    }

    public (Guid Token, byte[] Wrapped)? Find(string sql, string parameter, byte[] value)
    {
        lock (_reading)
        {
            var command = _reads.Get(sql);
            command.Bind(parameter, value);
            using var row = command.ExecuteReader();
            return row.Read() ? (new Guid(row.GetFieldValue<byte[]>(0), bigEndian: true), row.GetFieldValue<byte[]>(1)) : null;
        }
    }

    public byte[]? Secret(string name)
    {
        lock (_reading)
        {
            var command = _reads.Get(KeyStoreSql.Secret);
            command.Bind("@name", name);
            return command.ExecuteScalar() as byte[];
        }
    }

    public void AddSecret(string name, byte[] wrapped)
    {
        lock (_writing)
        {
            var command = _writes.Get(KeyStoreSql.AddSecret);
            command.Bind("@name", name);
            command.Bind("@wrapped", wrapped);
            command.ExecuteNonQuery();
        }
    }

    public void SetSecret(string name, byte[] wrapped)
    {
        lock (_writing) _writes.Get(KeyStoreSql.SetSecret).Bind("@name", name).Bind("@wrapped", wrapped).ExecuteNonQuery();
    }

    public void RemoveSecret(string name)
    {
        lock (_writing) _writes.Get(KeyStoreSql.RemoveSecret).Bind("@name", name).ExecuteNonQuery();
    }

    public HashSet<Guid> Erased() => Tokens(KeyStoreSql.Erased);

    public HashSet<Guid> Early() => Tokens(KeyStoreSql.Early);

    private HashSet<Guid> Tokens(string sql)
    {
        lock (_reading)
        {
            using var rows = _reads.Get(sql).ExecuteReader();
            var tokens = new HashSet<Guid>();
            while (rows.Read()) tokens.Add(new Guid(rows.GetFieldValue<byte[]>(0), bigEndian: true));
            return tokens;
        }
    }

    /// <summary>Writes wrapped keys in one durable transaction.</summary>
    public void Write(Action<Action<string, Guid, byte[]?, byte[]?>> write) => InTransaction(() => write((sql, token, lookup, wrapped) =>
    {
        var command = _writes.Get(sql);
        command.Bind("@token", token.ToByteArray(bigEndian: true));
        if (lookup is not null) command.Bind("@lookup", lookup);
        if (wrapped is not null) command.Bind("@wrapped", wrapped);
        command.ExecuteNonQuery();
    }));

    /// <summary>Removes a key, registers the erasure, and empties the write-ahead log, which still holds the key's page.</summary>
    public void Erase(Guid token, long at)
    {
        InTransaction(() =>
        {
            var remove = _writes.Get(KeyStoreSql.RemoveSubject);
            remove.Bind("@token", token.ToByteArray(bigEndian: true));
            remove.ExecuteNonQuery();
            var early = _writes.Get(KeyStoreSql.RemoveEarly);
            early.Bind("@token", token.ToByteArray(bigEndian: true));
            early.ExecuteNonQuery();
            var register = _writes.Get(KeyStoreSql.AddErased);
            register.Bind("@token", token.ToByteArray(bigEndian: true));
            register.Bind("@at", at);
            register.ExecuteNonQuery();
        });
        // No reader holds a snapshot here: ours read single rows under the same lock order.
        lock (_reading) lock (_writing) SqliteFile.Execute(_writer, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    public (long Size, byte[] Root)? LastSigned()
    {
        lock (_reading)
        {
            using var row = _reads.Get(KeyStoreSql.LastSigned).ExecuteReader();
            return row.Read() ? (row.GetInt64(0), row.GetFieldValue<byte[]>(1)) : null;
        }
    }

    public void NoteSigned(long size, byte[] root)
    {
        lock (_writing)
        {
            var command = _writes.Get(KeyStoreSql.SetLastSigned);
            command.Bind("@size", size);
            command.Bind("@root", root);
            command.ExecuteNonQuery();
        }
    }

    public void Dispose()
    {
        _reads.Dispose();
        _writes.Dispose();
        _reader.Dispose();
        _writer.Dispose();
    }

    private void InTransaction(Action write)
    {
        lock (_writing) SqliteFile.InTransaction(_writer, write);
    }
}
