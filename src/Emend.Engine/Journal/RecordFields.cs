using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Emend.Logic;

namespace Emend.Engine.Journal;

/// <summary>Writes the fields of a journal record, sorted by path as the journal wants them.</summary>
internal sealed class RecordFields
{
    private readonly SortedDictionary<string, JournalField> _fields = new(StringComparer.Ordinal);

    /// <summary>Adds a text; null adds nothing.</summary>
    public RecordFields Text(string path, string? value, FieldClass @class = FieldClass.Internal) =>
        value is null ? this : Json(path, CanonicalJson.Quote(value), @class);

    /// <summary>Adds a whole number.</summary>
    public RecordFields Number(string path, long value) => Json(path, value.ToString(CultureInfo.InvariantCulture), FieldClass.Internal);

    /// <summary>Adds a yes or no.</summary>
    public RecordFields Flag(string path, bool value) => Json(path, value ? "true" : "false", FieldClass.Internal);

    /// <summary>Adds a list of texts.</summary>
    public RecordFields List(string path, IEnumerable<string> values) => Json(path, "[" + string.Join(',', values.Select(CanonicalJson.Quote)) + "]", FieldClass.Internal);

    /// <summary>Adds canonical JSON.</summary>
    public RecordFields Json(string path, string json, FieldClass @class)
    {
        _fields.Add(path, new(path, @class, json));
        return this;
    }

    /// <summary>The record.</summary>
    public JournalRecord Record(string id, string? subject = null) => new(id, subject, [.. _fields.Values]);
}

/// <summary>Reads the fields of a journal record.</summary>
internal static class RecordReading
{
    public static string Text(this JournalRecord record, string path) => record.TextOrNull(path) ?? throw Missing(record, path);

    public static string? TextOrNull(this JournalRecord record, string path)
    {
        if (record[path] is not { } json) return null;
        if (!json.Contains('\\', StringComparison.Ordinal)) return json[1..^1];
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return reader.GetString();
    }

    public static long Number(this JournalRecord record, string path) => long.Parse(record[path] ?? throw Missing(record, path), CultureInfo.InvariantCulture);

    public static bool Flag(this JournalRecord record, string path) => record[path] is "true";

    public static ImmutableArray<string> List(this JournalRecord record, string path)
    {
        using var document = JsonDocument.Parse(record[path] ?? throw Missing(record, path));
        return [.. document.RootElement.EnumerateArray().Select(static item => item.GetString()!)];
    }

    private static InvalidDataException Missing(JournalRecord record, string path) => new($"record '{record.Id}' has no field '{path}'");
}
