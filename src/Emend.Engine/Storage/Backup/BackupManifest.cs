using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Emend.Engine.Storage.Backup;

/// <summary>A file of a backup.</summary>
internal sealed record BackupFile(string Path, long Size, string Sha256);

/// <summary>A workspace as it was backed up.</summary>
/// <param name="Name">Name.</param>
/// <param name="Entries">Entries of its journal.</param>
/// <param name="Root">Root of its Merkle tree, base64.</param>
/// <param name="Digest">Digest of its state.</param>
internal sealed record BackedUpWorkspace(string Name, long Entries, string Root, string Digest);

/// <summary>What a backup holds, so that nothing can be missing from it, added to it or changed in it unnoticed.</summary>
internal sealed record BackupManifest
{
    /// <summary>Name of its file.</summary>
    public const string FileName = "manifest.json";

    private const string Format = "emend-backup/1";

    public required DateTimeOffset CreatedAt { get; init; }
    public required ImmutableArray<BackupFile> Files { get; init; }
    public required ImmutableArray<BackedUpWorkspace> Workspaces { get; init; }

    public byte[] Write()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteString("createdAt", CreatedAt.ToString("O", CultureInfo.InvariantCulture));
            json.WriteStartArray("workspaces");
            foreach (var workspace in Workspaces)
            {
                json.WriteStartObject();
                json.WriteString("name", workspace.Name);
                json.WriteNumber("entries", workspace.Entries);
                json.WriteString("root", workspace.Root);
                json.WriteString("digest", workspace.Digest);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("files");
            foreach (var file in Files)
            {
                json.WriteStartObject();
                json.WriteString("path", file.Path);
                json.WriteNumber("size", file.Size);
                json.WriteString("sha256", file.Sha256);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    /// <exception cref="StorageException">It is not the manifest of a backup, or of a newer format.</exception>
    public static BackupManifest Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new StorageException($"{folder} is not a backup: it has no {FileName}");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            if (root.GetProperty("format").GetString() is var format && format != Format) throw new StorageException($"{path} is of format '{format}'; this version of Emend reads '{Format}'");
            return new()
            {
                CreatedAt = root.GetProperty("createdAt").GetDateTimeOffset(),
                Workspaces = [.. root.GetProperty("workspaces").EnumerateArray().Select(static one => new BackedUpWorkspace(
                    one.GetProperty("name").GetString()!, one.GetProperty("entries").GetInt64(), one.GetProperty("root").GetString()!, one.GetProperty("digest").GetString()!))],
                Files = [.. root.GetProperty("files").EnumerateArray().Select(static one => new BackupFile(
                    one.GetProperty("path").GetString()!, one.GetProperty("size").GetInt64(), one.GetProperty("sha256").GetString()!))],
            };
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new StorageException($"{path} cannot be read: {fault.Message}", fault);
        }
    }
}
