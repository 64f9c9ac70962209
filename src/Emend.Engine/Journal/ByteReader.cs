using System.Text;

namespace Emend.Engine.Journal;

/// <summary>Reads stored bytes and refuses to read past their end.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public readonly bool AtEnd => _at == _bytes.Length;

    public readonly int Position => _at;

    /// <summary>What was not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _bytes[_at..];

    public byte Byte() => Take(1)[0];

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _bytes.Length - _at) throw new JournalFormatException($"bytes end at {_bytes.Length}, {count} more were expected at {_at}");
        var taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }

    public Guid Guid() => new(Take(16), bigEndian: true);

    public string Text(int count)
    {
        try
        {
            return Strict.GetString(Take(count));
        }
        catch (DecoderFallbackException fault)
        {
            throw new JournalFormatException($"bytes before {_at} are not UTF-8", fault);
        }
    }

    /// <summary>Unsigned LEB128, up to 31 bits, shortest form only.</summary>
    public int Count()
    {
        var value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var next = Byte();
            if (shift == 28 && next > 7) break;
            value |= (next & 0x7F) << shift;
            if (next < 0x80) return next == 0 && shift > 0 ? throw new JournalFormatException($"a count before {_at} is not in shortest form") : value;
        }
        throw new JournalFormatException($"a count before {_at} is too large");
    }
}

/// <summary>Writes the counts that <see cref="ByteReader.Count"/> reads.</summary>
internal static class ByteWriter
{
    public static int SizeOfCount(int value) => value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;

    public static void Count(Span<byte> to, ref int at, int value)
    {
        var rest = (uint)value;
        while (rest >= 0x80)
        {
            to[at++] = (byte)(rest | 0x80);
            rest >>= 7;
        }
        to[at++] = (byte)rest;
    }
}
