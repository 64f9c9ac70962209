using Microsoft.Data.Sqlite;

namespace Emend.Engine.Storage;

/// <summary>Prepared commands of one connection by their text. Not safe for several threads, as the connection is not.</summary>
internal sealed class CommandCache(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    /// <summary>The command of this text. Its parameters keep their last values: set all of them before each use.</summary>
    public SqliteCommand Get(string sql)
    {
        if (_commands.TryGetValue(sql, out var known)) return known;
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts are constants of the stages; values go through parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        _commands.Add(sql, command);
        return command;
    }

    /// <summary>Texts of the commands there are.</summary>
    public IEnumerable<string> Texts => _commands.Keys;

    public void Dispose()
    {
        foreach (var command in _commands.Values) command.Dispose();
        _commands.Clear();
    }
}

/// <summary>Parameters by name: added at first use, overwritten afterwards.</summary>
internal static class Binding
{
    /// <summary>Sets a parameter; null is SQL NULL.</summary>
    public static SqliteCommand Bind(this SqliteCommand command, string name, object? value)
    {
        ArgumentNullException.ThrowIfNull(command);
        var at = command.Parameters.IndexOf(name);
        if (at < 0) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        else command.Parameters[at].Value = value ?? DBNull.Value;
        return command;
    }
}
