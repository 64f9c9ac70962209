using System.Text;

namespace Emend.Engine.Capturing.Logs;

/// <summary>Gives the same string for the same bytes while it remembers them: a log repeats its names on every line.</summary>
/// <remarks>A direct-mapped cache: bounded, and a collision only costs a new string.</remarks>
internal sealed class NamePool
{
    private const int Slots = 4096;
    private const int LongestName = 64;
    private readonly (byte[] Bytes, string Text)[] _slots = new (byte[], string)[Slots];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > LongestName) return Encoding.UTF8.GetString(utf8);
        var hash = new HashCode();
        hash.AddBytes(utf8);
        ref var slot = ref _slots[hash.ToHashCode() & (Slots - 1)];
        if (slot.Bytes is not null && utf8.SequenceEqual(slot.Bytes)) return slot.Text;
        slot = (utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        return slot.Text;
    }
}
