using Microsoft.Data.Sqlite;

namespace Emend.Engine.Storage;

/// <summary>Brings a workspace's tables up to date: runs the numbered .sql files of this assembly that the file has not seen, in the order of their names.</summary>
/// <remarks>Numbers are unique and a script keeps its name: it is what a file remembers. Forward only. Each file runs in its own transaction together with the note that it ran, so a crash leaves either all of it or nothing.</remarks>
internal static class Migrator
{
    private const string Marker = ".Storage.Sqlite.";

    // Two scripts had the number 0010 once; a file that has run one of them under its old name has run it.
    private static readonly (string Old, string New)[] Renamed = [("0010_requests", "0013_requests")];

    /// <summary>Names of the scripts in order, e.g. <c>0001_journal</c>.</summary>
    public static IReadOnlyList<string> Scripts { get; } = [.. Resources().Select(NameOf).Order(StringComparer.Ordinal)];

    /// <summary>Runs what is missing.</summary>
    /// <exception cref="StorageException">The file was written by a newer version of Emend.</exception>
    public static void Migrate(SqliteConnection connection, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Run(connection, "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, applied_us INTEGER NOT NULL) WITHOUT ROWID", null);
        foreach (var (old, @new) in Renamed) Rename(connection, old, @new);
        var seen = Applied(connection);
        if (seen.Except(Scripts, StringComparer.Ordinal).Order(StringComparer.Ordinal).FirstOrDefault() is { } unknown)
        {
            throw new StorageException(
                $"{connection.DataSource} was written by a newer version of Emend (it has run migration '{unknown}', which this version does not know). Use that version.");
        }
        foreach (var name in Scripts)
        {
            if (seen.Contains(name)) continue;
            using var transaction = connection.BeginTransaction();
            Run(connection, Text(name), transaction);
            using var note = connection.CreateCommand();
            note.Transaction = transaction;
            note.CommandText = "INSERT INTO migration (name, applied_us) VALUES (@name, @at)";
            note.Parameters.AddWithValue("@name", name);
            note.Parameters.AddWithValue("@at", Microseconds.Of(clock.GetUtcNow()));
            note.ExecuteNonQuery();
            transaction.Commit();
        }
    }

    private static void Rename(SqliteConnection connection, string old, string @new)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE migration SET name = @new WHERE name = @old";
        command.Parameters.AddWithValue("@old", old);
        command.Parameters.AddWithValue("@new", @new);
        command.ExecuteNonQuery();
    }

    private static HashSet<string> Applied(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM migration";
        using var reader = command.ExecuteReader();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read()) names.Add(reader.GetString(0));
        return names;
    }

    // The statements are the product's own, read from its assembly.
#pragma warning disable CA2100
    private static void Run(SqliteConnection connection, string sql, SqliteTransaction? transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
#pragma warning restore CA2100

    private static IEnumerable<string> Resources() =>
        typeof(Migrator).Assembly.GetManifestResourceNames()
            .Where(static name => name.Contains(Marker, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal));

    private static string NameOf(string resource) =>
        resource[(resource.IndexOf(Marker, StringComparison.Ordinal) + Marker.Length)..^".sql".Length];

    private static string Text(string name)
    {
        var resource = Resources().First(resource => string.Equals(NameOf(resource), name, StringComparison.Ordinal));
        using var stream = typeof(Migrator).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
