using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Capturing;

/// <summary>Rows of the read model of signals, for the writer and for readers alike.</summary>
internal static class SignalRows
{
    public static DecisionFacts Decision(SqliteDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        row.GetInt64(2),
        Text(row, 3),
        new(row.GetString(4), Text(row, 5)),
        row.IsDBNull(6) ? null : row.GetDouble(6),
        new(row.GetInt64(7), row.GetInt32(8)));

    public static CorrectionFacts Correction(SqliteDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        (CorrectionVerdict)row.GetInt32(2),
        row.IsDBNull(3) ? null : new MarkedAction(row.GetString(3), Text(row, 4)),
        Text(row, 5),
        Principal(row, 6),
        row.GetInt64(7),
        row.GetInt32(8) != 0,
        row.GetInt32(9) != 0,
        new(row.GetInt64(10), row.GetInt32(11))) { IsQuarantined = row.GetInt32(12) != 0 };

    public static Guid Principal(SqliteDataReader row, int column) => Guid.Parse(row.GetString(column));

    public static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    /// <summary>All rows of a command.</summary>
    public static List<T> All<T>(SqliteCommand command, Func<SqliteDataReader, T> row)
    {
        using var rows = command.ExecuteReader();
        var all = new List<T>();
        while (rows.Read()) all.Add(row(rows));
        return all;
    }

    /// <summary>All rows of a statement with one parameter, on a reader's connection.</summary>
    public static List<T> All<T>(SqliteConnection connection, string sql, string? parameter, object? value, Func<SqliteDataReader, T> row)
    {
        var command = connection.Prepared(sql);
        if (parameter is not null) command.Bind(parameter, value);
        return All(command, row);
    }
}
