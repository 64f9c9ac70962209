using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Emend.Logic.Evaluation;

/// <summary>The strings one operand is compared with, each with a number from 1: look-up without allocation, one comparison per hit.</summary>
/// <remarks>Open addressing over buckets of four; the characters lie together with their symbol in one pool.</remarks>
internal sealed class SymbolTable
{
    // Four places a bucket, compared at once: whichever holds the string, the path through the code is the same.
    private const int Ways = 4;

    // A string that spills farther than this makes the table try another seed: hostile strings cannot line up behind one place.
    private const int LongestSpill = 2;
    private const int HeaderBytes = 8;
    private readonly uint[] _table; // by bucket: four tags, then the pool offsets of the four, in one half of a cache line
    private readonly int _mask;
    private readonly byte[] _pool;
    private readonly ulong _seed;

    private SymbolTable(uint[] table, int mask, byte[] pool, ulong seed, int count)
    {
        _table = table;
        _mask = mask;
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

        var buckets = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, strings.Count * 5 / (2 * Ways)));
        var seed = 0x9e3779b97f4a7c15UL;
        for (var attempt = 0; ; attempt++)
        {
            var table = new uint[buckets * 2 * Ways];
            var longest = 0;
            for (var i = 0; i < offsets.Length; i++)
            {
                var hash = Hash(ref MemoryMarshal.GetReference(strings[i].AsSpan()), strings[i].Length, seed);
                var bucket = (int)hash & (buckets - 1);
                var spill = 0;
                int way;
                while ((way = table.AsSpan(bucket * 2 * Ways, Ways).IndexOf(0u)) < 0)
                {
                    bucket = (bucket + 1) & (buckets - 1);
                    spill++;
                }
                table[(bucket * 2 * Ways) + way] = Tag(hash);
                table[(bucket * 2 * Ways) + Ways + way] = (uint)offsets[i];
                longest = Math.Max(longest, spill);
            }
            if (strings.Count < buckets * Ways && (longest <= LongestSpill || attempt == 16)) return new(table, buckets - 1, pool, seed, strings.Count);
            seed = (seed * 0xd1342543de82ef95UL) + 1;
            if (attempt % 4 == 3) buckets *= 2;
        }
    }

    /// <summary>The symbol of a string; 0 when the table does not have it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ReadOnlySpan<char> text)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var hash = Hash(ref first, text.Length, _seed);
        ref var table = ref MemoryMarshal.GetArrayDataReference(_table);
        var wanted = Vector128.Create(Tag(hash));
        for (var bucket = (int)hash & _mask; ; bucket = (bucket + 1) & _mask)
        {
            var found = Vector128.LoadUnsafe(ref table, (nuint)(bucket * 2 * Ways));
            for (var hits = Vector128.Equals(found, wanted).ExtractMostSignificantBits(); hits != 0; hits &= hits - 1)
            {
                var offset = (int)Unsafe.Add(ref table, (bucket * 2 * Ways) + Ways + BitOperations.TrailingZeroCount(hits));
                ref var record = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_pool), offset);
                if (Unsafe.ReadUnaligned<int>(ref Unsafe.Add(ref record, 4)) == text.Length
                    && Same(ref Unsafe.Add(ref record, HeaderBytes), ref Unsafe.As<char, byte>(ref first), text.Length * 2))
                {
                    return Unsafe.ReadUnaligned<int>(ref record);
                }
            }
            // A bucket with room ends the search: nothing was ever pushed past it.
            if (Vector128.EqualsAny(found, Vector128<uint>.Zero)) return 0;
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
        else if (size <= 32)
        {
            // Four overlapping reads folded to two: one multiplication for the usual label.
            a = Read(ref bytes, 0) ^ BitOperations.RotateLeft(Read(ref bytes, size - 16), 23);
            b = Read(ref bytes, 8) ^ BitOperations.RotateLeft(Read(ref bytes, size - 8), 41);
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

    // Zero marks a free place.
    private static uint Tag(ulong hash) => (uint)(hash >> 32) | 1;
}
