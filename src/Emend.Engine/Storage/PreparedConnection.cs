using Microsoft.Data.Sqlite;

namespace Emend.Engine.Storage;

/// <summary>A connection that keeps its commands: a statement is parsed and planned once for all the reads it serves.</summary>
internal sealed class PreparedConnection : SqliteConnection
{
    public PreparedConnection(string connectionString) : base(connectionString) => Commands = new(this);

    /// <summary>Commands by their text.</summary>
    public CommandCache Commands { get; }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Commands.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Commands of a connection that a store hands out.</summary>
internal static class PreparedCommands
{
    /// <summary>The command of this text. It stays the connection's: set all of its parameters, read its rows to the end, do not dispose of it.</summary>
    public static SqliteCommand Prepared(this SqliteConnection connection, string sql)
    {
        if (connection is PreparedConnection prepared) return prepared.Commands.Get(sql);
        // A store of its own kind: without the gain.
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts are constants of the stages; values go through parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
