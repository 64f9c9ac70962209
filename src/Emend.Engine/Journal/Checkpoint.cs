using System.Globalization;
using System.Text;

namespace Emend.Engine.Journal;

/// <summary>The state of a journal at one size: C2SP tlog-checkpoint, three lines.</summary>
/// <param name="Origin">Name of the journal.</param>
/// <param name="Size">Entries.</param>
/// <param name="Root">Merkle root over them.</param>
internal sealed record Checkpoint(string Origin, long Size, byte[] Root)
{
    /// <summary>The signed text.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n");

    /// <summary>Reads the text of a checkpoint. Extension lines are refused: nobody could audit them.</summary>
    /// <exception cref="JournalFormatException">It is none.</exception>
    public static Checkpoint Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines is not [{ Length: > 0 } origin, var size, var root, ""])
            throw new JournalFormatException("a checkpoint has three lines: origin, size, root");
        if (!long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var entries) || (size.Length > 1 && size[0] == '0'))
            throw new JournalFormatException($"'{size}' is not the size of a checkpoint");
        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        if (!Base64.IsExactly(root, hash)) throw new JournalFormatException($"'{root}' is not the root of a checkpoint");
        return new(origin, entries, hash.ToArray());
    }
}

/// <summary>Strict base64: the one form that encodes the bytes, or nothing. A lenient reader would accept two texts for one proof.</summary>
internal static class Base64
{
    /// <summary>Reads exactly as many bytes as <paramref name="to"/> holds.</summary>
    public static bool IsExactly(string text, Span<byte> to) =>
        Convert.TryFromBase64String(text, to, out var written) && written == to.Length && Convert.ToBase64String(to) == text;

    /// <summary>Reads any number of bytes.</summary>
    /// <exception cref="JournalFormatException">It is not base64 in its one form.</exception>
    public static byte[] Read(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        return Convert.TryFromBase64String(text, bytes, out var written) && Convert.ToBase64String(bytes, 0, written) == text
            ? bytes[..written]
            : throw new JournalFormatException($"'{text}' is not base64");
    }
}
