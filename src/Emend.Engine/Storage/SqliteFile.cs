using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Emend.Engine.Storage;

/// <summary>Opens SQLite files the one way Emend uses them: WAL, every commit flushed, no checkpoint but the ones we ask for.</summary>
internal static class SqliteFile
{
    /// <summary>First version without the WAL-reset race (two connections that write or checkpoint at once can corrupt a file).</summary>
    public static Version FirstWithoutWalResetRace { get; } = new(3, 51, 3);

    /// <summary>Version of the SQLite that is loaded.</summary>
    public static Version LoadedVersion { get; } = Version.Parse(raw.sqlite3_libversion().utf8_to_string());

    /// <summary>What to tell an operator about the loaded SQLite; null when there is nothing to tell.</summary>
    public static string? Warning => LoadedVersion < FirstWithoutWalResetRace
        ? $"SQLite {LoadedVersion} can corrupt a file that two connections write at once (fixed in {FirstWithoutWalResetRace}). Emend writes each file through one connection; let no other program write it."
        : null;

    /// <summary>Opens a connection. Unpooled: its owner decides when it ends.</summary>
    public static PreparedConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new PreparedConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 30,
        }.ToString());
        try
        {
            connection.Open();
            if (mode == SqliteOpenMode.ReadOnly)
            {
                Execute(connection, "PRAGMA query_only = ON; PRAGMA cache_size = -8000");
            }
            else
            {
                // One connection writes and checkpoints, and only when we say so: see FirstWithoutWalResetRace.
                // FULL flushes the log at every commit; NORMAL loses acknowledged commits on power loss.
                Execute(connection, "PRAGMA journal_mode = WAL");
                Execute(connection, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000");
            }
            return connection;
        }
        catch (SqliteException fault)
        {
            connection.Dispose();
            throw new StorageException($"cannot open {path}: {fault.Message}", fault);
        }
    }

    // Statements of the product, never of a user.
#pragma warning disable CA2100
    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
#pragma warning restore CA2100

    /// <summary>True outside a transaction. SQLite ends one by itself on some errors (full disk, I/O).</summary>
    public static bool IsAutoCommit(SqliteConnection connection) => raw.sqlite3_get_autocommit(connection.Handle) != 0;

    /// <summary>Writes in one transaction: all of it, or nothing and the fault.</summary>
    public static void InTransaction(SqliteConnection connection, Action write)
    {
        Execute(connection, "BEGIN IMMEDIATE");
        try
        {
            write();
            Execute(connection, "COMMIT");
        }
        catch
        {
            RollBack(connection);
            throw;
        }
    }

    /// <summary>Rolls back if a transaction is still open.</summary>
    public static void RollBack(SqliteConnection connection)
    {
        if (!IsAutoCommit(connection)) Execute(connection, "ROLLBACK");
    }
}
