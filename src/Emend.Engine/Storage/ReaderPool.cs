using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Storage;

/// <summary>Connections that read beside the writer, each with its prepared commands.</summary>
internal sealed class ReaderPool(string path, Action<SqliteConnection> prepare) : IDisposable
{
    private const int Kept = 16;
    private readonly ConcurrentBag<Reader> _idle = [];
    private volatile bool _isDisposed;

    /// <summary>Runs a read in one transaction: everything it sees is of one moment.</summary>
    public T Read<T>(Func<Reader, T> read)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (!_idle.TryTake(out var reader)) reader = Open();
        try
        {
            reader.Commands.Get("BEGIN").ExecuteNonQuery();
            try
            {
                return read(reader);
            }
            finally
            {
                if (!SqliteFile.IsAutoCommit(reader.Connection)) reader.Commands.Get("COMMIT").ExecuteNonQuery();
            }
        }
        finally
        {
            if (_isDisposed || _idle.Count >= Kept) reader.Dispose();
            else _idle.Add(reader);
        }
    }

    /// <summary>Texts of what idle readers have read so far.</summary>
    public IReadOnlySet<string> Texts() => _idle.SelectMany(static reader => reader.Commands.Texts).ToHashSet(StringComparer.Ordinal);

    public void Dispose()
    {
        _isDisposed = true;
        while (_idle.TryTake(out var reader)) reader.Dispose();
    }

    private Reader Open()
    {
        var connection = SqliteFile.Open(path, SqliteOpenMode.ReadOnly);
        prepare(connection);
        return new(connection);
    }

    internal sealed class Reader(PreparedConnection connection) : IDisposable
    {
        public SqliteConnection Connection => connection;

        public CommandCache Commands => connection.Commands;

        public void Dispose() => connection.Dispose();
    }
}
