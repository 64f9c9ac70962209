using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Emend.Logic.Evaluation;

/// <summary>The strings one operand is compared with, each with a number from 1: look-up without allocation, one comparison per hit.</summary>
/// <remarks>Open addressing over 8-byte entries; the characters lie together with their symbol in one pool, so a hit touches two cache lines.</remarks>
internal sealed class SymbolTable
{
    // A look-up that probes longer than this makes the table try another seed: hostile strings cannot line up behind one place.
    private const int LongestProbe = 6;
    private const int HeaderBytes = 8;
    private readonly Entry[] _entries;
    private readonly byte[] _pool;
    private readonly ulong _seed;

    private SymbolTable(Entry[] entries, byte[] pool, ulong seed, int count)
    {
        _entries = entries;
        _pool = pool;
        _seed = seed;
        Count = count;
    }

    /// <summary>Number of strings; symbols run from 1 to it.</summary>
    public int Count { get; }

    /// <summary>Builds the table; the symbol of a string is its position in <paramref name="strings"/> plus one.</summary>
    public static SymbolTable Of(IReadOnlyList<string> strings)
    {
        var offsets = new int[strings.Count];
        var size = HeaderBytes; // offset 0 means "empty"
        for (var i = 0; i < offsets.Length; i++)
        {
            offsets[i] = size;
            size += HeaderBytes + ((strings[i].Length * 2 + 7) & ~7);
        }
        var pool = new byte[size];
        for (var i = 0; i < offsets.Length; i++)
        {
            Unsafe.WriteUnaligned(ref pool[offsets[i]], i + 1);
            Unsafe.WriteUnaligned(ref pool[offsets[i] + 4], strings[i].Length);
            MemoryMarshal.AsBytes(strings[i].AsSpan()).CopyTo(pool.AsSpan(offsets[i] + HeaderBytes));
        }

        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, strings.Count * 2));
        var seed = 0x9e3779b97f4a7c15UL;
        for (var attempt = 0; ; attempt++)
        {
            var entries = new Entry[capacity];
            var longest = 0;
            for (var i = 0; i < offsets.Length; i++)
            {
                var hash = Hash(ref MemoryMarshal.GetReference(strings[i].AsSpan()), strings[i].Length, seed);
                var at = (int)hash & (capacity - 1);
                var probe = 0;
                for (; entries[at].Record != 0; probe++) at = (at + 1) & (capacity - 1);
                entries[at] = new((uint)(hash >> 32), offsets[i]);
                longest = Math.Max(longest, probe);
            }
            if (longest <= LongestProbe || attempt == 16) return new(entries, pool, seed, strings.Count);
            seed = seed * 0xd1342543de82ef95UL + 1;
            if (attempt % 4 == 3) capacity *= 2;
        }
    }

    /// <summary>The symbol of a string; 0 when the table does not have it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ReadOnlySpan<char> text)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var hash = Hash(ref first, text.Length, _seed);
        ref var entries = ref MemoryMarshal.GetArrayDataReference(_entries);
        var mask = _entries.Length - 1;
        var at = (int)hash & mask;
        while (true)
        {
            var entry = Unsafe.Add(ref entries, at);
            if (entry.Record == 0) return 0;
            if (entry.Tag == (uint)(hash >> 32))
            {
                ref var record = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_pool), entry.Record);
                if (Unsafe.ReadUnaligned<int>(ref Unsafe.Add(ref record, 4)) == text.Length
                    && Same(ref Unsafe.Add(ref record, HeaderBytes), ref Unsafe.As<char, byte>(ref first), text.Length * 2))
                {
                    return Unsafe.ReadUnaligned<int>(ref record);
                }
            }
            at = (at + 1) & mask;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Same(ref byte a, ref byte b, int length)
    {
        if (length >= 8 && length <= 32)
        {
            // Overlapping reads cover the string; no byte beyond it is touched.
            var middle = length > 16 ? 8 : 0;
            return ((Read(ref a, 0) ^ Read(ref b, 0)) | (Read(ref a, length - 8) ^ Read(ref b, length - 8))
                | (Read(ref a, middle) ^ Read(ref b, middle)) | (Read(ref a, length - 8 - middle) ^ Read(ref b, length - 8 - middle))) == 0;
        }
        return MemoryMarshal.CreateReadOnlySpan(ref a, length).SequenceEqual(MemoryMarshal.CreateReadOnlySpan(ref b, length));
    }

    // Multiply-and-fold over 16 bytes at a time; seeded, so that no fixed set of strings collides under every seed.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hash(ref char text, int length, ulong seed)
    {
        ref var bytes = ref Unsafe.As<char, byte>(ref text);
        var size = length * 2;
        ulong a, b;
        if (size <= 16)
        {
            if (size >= 8)
            {
                a = Read(ref bytes, 0);
                b = Read(ref bytes, size - 8);
            }
            else if (size >= 4)
            {
                a = Unsafe.ReadUnaligned<uint>(ref bytes);
                b = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref bytes, size - 4));
            }
            else
            {
                a = length == 1 ? text : 0UL;
                b = 0;
            }
        }
        else
        {
            for (var i = 0; i + 16 < size; i += 16) seed = Fold(Read(ref bytes, i) ^ 0xa0761d6478bd642fUL, Read(ref bytes, i + 8) ^ seed);
            a = Read(ref bytes, size - 16);
            b = Read(ref bytes, size - 8);
        }
        var mixed = Fold(a ^ 0xe7037ed1a0b428dbUL, b ^ seed ^ (uint)size);
        return mixed ^ (mixed >> 29);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read(ref byte from, int offset) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, offset));

    private readonly record struct Entry(uint Tag, int Record);
}
