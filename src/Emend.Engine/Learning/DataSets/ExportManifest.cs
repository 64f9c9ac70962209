using System.Text.Json;
using Emend.Engine.Journal;

namespace Emend.Engine.Learning.DataSets;

/// <summary>What was written of a data set, and what was not.</summary>
/// <param name="Set">The data set.</param>
/// <param name="Format">How.</param>
/// <param name="Revealed">Fields up to this class are in it; what is more protected is missing.</param>
/// <param name="Split">How it was cut.</param>
/// <param name="Parts">Rows and SHA-256 of each part.</param>
/// <param name="Counts">Where every judged decision went.</param>
/// <param name="Digest">Digest of the rulings as they are now; another than the data set's when some were withdrawn or erased since.</param>
/// <param name="Rulings">How many they are now.</param>
internal sealed record ExportManifest(DataSet Set, ExportFormat Format, FieldClass Revealed, SplitPlan Split, IReadOnlyList<ExportedPart> Parts, RowCounts Counts, string Digest, long Rulings)
{
    /// <summary>Whether it is still exactly what was fixed.</summary>
    public bool IsWhole => string.Equals(Digest, Set.Digest, StringComparison.Ordinal);

    /// <summary>Rows of all parts.</summary>
    public long Rows => Parts.Sum(static part => part.Rows);

    /// <summary>Writes it.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("dataSet", Set.Digest);
        json.WriteString("agent", Set.Agent.Id);
        json.WriteString("format", Format.Name());
        json.WriteString("revealed", Revealed.ToString().ToLowerInvariant());
        json.WriteBoolean("whole", IsWhole);
        if (!IsWhole)
        {
            json.WriteString("rulingsNow", Digest);
            json.WriteNumber("rulingsFixed", Set.Rows);
        }
        json.WriteNumber("rulings", Rulings);
        json.WriteNumber("judged", Counts.Judged);
        json.WriteNumber("used", Counts.Used);
        json.WriteStartObject("leftOut");
        foreach (var (reason, count) in Counts.LeftOut) json.WriteNumber(reason, count);
        json.WriteEndObject();
        if (Split.IsSplit) json.WriteString("salt", Split.Salt);
        json.WriteStartArray("parts");
        foreach (var part in Parts)
        {
            json.WriteStartObject();
            if (Split.IsSplit) json.WriteString("name", part.Name);
            json.WriteNumber("rows", part.Rows);
            json.WriteString("sha256", part.Sha256);
            if (part.File is { } file) json.WriteString("file", file);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>A part of an export.</summary>
/// <param name="Name">Name; empty where there is one part only.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Sha256">Of its bytes.</param>
/// <param name="File">Name of the file, where it was written to one.</param>
internal sealed record ExportedPart(string Name, long Rows, string Sha256, string? File = null);
