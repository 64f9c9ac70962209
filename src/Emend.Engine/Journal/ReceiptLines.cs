using System.Globalization;
using System.Text;

namespace Emend.Engine.Journal;

/// <summary>Reads a receipt line by line, in the one order it may have.</summary>
internal sealed class ReceiptLines
{
    private const int MaxSize = 8 << 20;
    private readonly string _text;
    private int _at;

    public ReceiptLines(string text)
    {
        if (text.Length > MaxSize) throw new JournalFormatException("the receipt is too large");
        _text = text;
    }

    /// <summary>What follows the lines read so far.</summary>
    public string Rest() => _text[_at..];

    public void Expect(string line)
    {
        if (Peek() != line) throw new JournalFormatException($"the receipt says '{Peek()}' where '{line}' was expected");
        Skip();
    }

    public string? Optional(string name)
    {
        var line = Peek();
        if (!line.StartsWith(name, StringComparison.Ordinal) || line.Length <= name.Length || line[name.Length] != ' ') return null;
        Skip();
        return line[(name.Length + 1)..];
    }

    public string Value(string name) => Optional(name) ?? throw new JournalFormatException($"the receipt says '{Peek()}' where '{name} …' was expected");

    public long Number(string name)
    {
        var text = Value(name);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && (text.Length == 1 || text[0] != '0') && number <= 1L << 62
            ? number
            : throw new JournalFormatException($"'{text}' is not a place in the journal");
    }

    public List<byte[]> Hashes(string name)
    {
        var hashes = new List<byte[]>();
        while (Optional(name) is { } text) hashes.Add(Hash(text));
        return hashes;
    }

    public List<byte[]> BareHashes()
    {
        var hashes = new List<byte[]>();
        for (; Peek().Length > 0; Skip()) hashes.Add(Hash(Peek()));
        Skip();
        return hashes;
    }

    public List<(JournalField Field, byte[] Salt)> Fields()
    {
        var fields = new List<(JournalField, byte[])>();
        while (Optional("field") is { } text)
        {
            if (text.Split(' ') is not [[>= '0' and <= '3' and var @class], var path, var salt, var value]) throw new JournalFormatException("a shown field reads: field class path salt value");
            fields.Add((new(Encoding.UTF8.GetString(Base64.Read(path)), (FieldClass)(@class - '0'), Encoding.UTF8.GetString(Base64.Read(value))), Hash(salt)));
        }
        return fields;
    }

    private static byte[] Hash(string text)
    {
        var hash = new byte[MerkleHash.Size];
        return Base64.IsExactly(text, hash) ? hash : throw new JournalFormatException($"'{text}' is not a hash");
    }

    private string Peek()
    {
        var end = _text.IndexOf('\n', _at);
        return end < 0 ? throw new JournalFormatException("the receipt is cut short") : _text[_at..end];
    }

    private void Skip() => _at = _text.IndexOf('\n', _at) + 1;
}
