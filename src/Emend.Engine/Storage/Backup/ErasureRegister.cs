using System.Formats.Tar;
using System.Globalization;
using System.Text.Json;
using Emend.Engine.Privacy;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Storage.Backup;

/// <summary>
/// Which keys were destroyed, as random tokens by workspace: nothing personal. A backup is older than later erasures, so the keys they
/// destroyed are still in it; whoever restores it destroys them again from a register that is newer.
/// </summary>
internal static class ErasureRegister
{
    /// <summary>Name of its file in a backup.</summary>
    public const string FileName = "erasures.jsonl";

    /// <summary>Register of a data directory, one JSON object a line.</summary>
    public static byte[] Of(DataDirectory directory)
    {
        using var bytes = new MemoryStream();
        foreach (var name in directory.Workspaces())
        {
            foreach (var token in Destroyed(directory.Workspace(name)).Order())
            {
                using (var json = new Utf8JsonWriter(bytes))
                {
                    json.WriteStartObject();
                    json.WriteString("workspace", name);
                    json.WriteString("key", token.ToString("N", CultureInfo.InvariantCulture));
                    json.WriteEndObject();
                }
                bytes.WriteByte((byte)'\n');
            }
        }
        return bytes.ToArray();
    }

    /// <summary>Reads a register: its file, a backup (folder or .tar), or a data directory.</summary>
    /// <exception cref="StorageException">It is none of these.</exception>
    public static IReadOnlySet<(string Workspace, Guid Key)> Read(string path)
    {
        if (File.Exists(path)) return path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) ? Parse(FromTar(path), path) : Parse(File.ReadAllText(path), path);
        if (File.Exists(Path.Combine(path, FileName))) return Parse(File.ReadAllText(Path.Combine(path, FileName)), path);
        if (Directory.Exists(Path.Combine(path, "workspaces"))) return Parse(System.Text.Encoding.UTF8.GetString(Of(DataDirectory.Open(path))), path);
        throw new StorageException($"{path} holds no register of erasures: give a file {FileName}, a backup, or a data directory");
    }

    // Orders that were not carried out yet count: they are as good as done.
    private static HashSet<Guid> Destroyed(WorkspaceFiles files)
    {
        var tokens = new HashSet<Guid>();
        Add(files.KeyStore, KeyStoreSql.Erased);
        Add(files.Journal, "SELECT token FROM erasure");
        return tokens;

        void Add(string file, string sql)
        {
            using var connection = SqliteFile.Open(file, SqliteOpenMode.ReadOnly);
            using var commands = new CommandCache(connection);
            using var rows = commands.Get(sql).ExecuteReader();
            while (rows.Read()) tokens.Add(new Guid(rows.GetFieldValue<byte[]>(0), bigEndian: true));
        }
    }

    private static HashSet<(string, Guid)> Parse(string text, string path)
    {
        var all = new HashSet<(string, Guid)>();
        try
        {
            foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                using var json = JsonDocument.Parse(line);
                all.Add((json.RootElement.GetProperty("workspace").GetString()!, Guid.ParseExact(json.RootElement.GetProperty("key").GetString()!, "N")));
            }
            return all;
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new StorageException($"{path} is no register of erasures: {fault.Message}", fault);
        }
    }

    private static string FromTar(string path)
    {
        using var tar = new TarReader(File.OpenRead(path));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.Name.TrimStart('.', '/') != FileName || entry.DataStream is null) continue;
            using var reader = new StreamReader(entry.DataStream);
            return reader.ReadToEnd();
        }
        // A backup without erasures has an empty file, so a tar without one is none of ours.
        throw new StorageException($"{path} is not a backup: it holds no {FileName}");
    }
}
