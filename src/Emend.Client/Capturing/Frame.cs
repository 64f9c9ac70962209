using System.Buffers.Binary;
using System.Numerics;

namespace Emend.Client.Capturing;

/// <summary>Kind of a spooled record.</summary>
internal enum RecordKind : byte
{
    /// <summary>A decision and, on a second line, what was done with it.</summary>
    Decision = 1,
    /// <summary>A correction.</summary>
    Correction = 2,
    /// <summary>An outcome.</summary>
    Outcome = 3,
}

/// <summary>
/// One record in a segment file: mark (4), payload length (4), sequence number (8), kind (1), CRC-32C over all that but the mark (4),
/// payload; little-endian. The mark lets a reader find the next record after damage, the number tells how many were lost to it.
/// </summary>
internal static class Frame
{
    public const int HeaderSize = 21;

    /// <summary>Longest payload: above what a server takes as one line.</summary>
    public const int MaxPayload = 2 << 20;

    private const uint Mark = 0x31464D45; // EMF1

    public static int SizeOf(int payload) => HeaderSize + payload;

    public static void Write(Span<byte> to, RecordKind kind, long sequence, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to, Mark);
        BinaryPrimitives.WriteInt32LittleEndian(to[4..], payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], sequence);
        to[16] = (byte)kind;
        payload.CopyTo(to[HeaderSize..]);
        BinaryPrimitives.WriteUInt32LittleEndian(to[17..], Crc(to[4..17], payload));
    }

    /// <summary>Reads the frame at the start of some bytes; false when there is none, or it is not whole.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out RecordKind kind, out long sequence, out ReadOnlySpan<byte> payload)
    {
        kind = default;
        sequence = 0;
        payload = default;
        if (from.Length < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(from) != Mark) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(from[4..]);
        if (length is < 0 or > MaxPayload || length > from.Length - HeaderSize) return false;
        var body = from.Slice(HeaderSize, length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(from[17..]) != Crc(from[4..17], body)) return false;
        kind = (RecordKind)from[16];
        sequence = BinaryPrimitives.ReadInt64LittleEndian(from[8..]);
        payload = body;
        return true;
    }

    /// <summary>Place of the next whole frame after damage; -1 when there is none.</summary>
    public static int Find(ReadOnlySpan<byte> bytes, int from)
    {
        Span<byte> mark = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(mark, Mark);
        for (var at = from; at < bytes.Length; at++)
        {
            var next = bytes[at..].IndexOf(mark);
            if (next < 0) return -1;
            at += next;
            if (TryRead(bytes[at..], out _, out _, out _)) return at;
        }
        return -1;
    }

    /// <summary>CRC-32C of some bytes.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes) => ~Add(uint.MaxValue, bytes);

    private static uint Crc(ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload)
    {
        var crc = Add(uint.MaxValue, head);
        return ~Add(crc, payload);
    }

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes) crc = BitOperations.Crc32C(crc, one);
        return crc;
    }
}
