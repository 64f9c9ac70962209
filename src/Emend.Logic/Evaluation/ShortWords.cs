using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Emend.Logic.Evaluation;

/// <summary>Words of at most sixteen ASCII characters, each with a number: found by one multiplication and, for most words of a text, one bit.</summary>
internal sealed class ShortWords
{
    /// <summary>Longest word, in characters.</summary>
    public const int Longest = 16;

    private const int FilterBits = 12; // 4,096 bits lie in the nearest cache
    private const int LongestSpill = 4;

    private readonly Entry[] _table;
    private readonly ulong[] _filter = new ulong[(1 << FilterBits) / 64];
    private readonly int _mask;
    private readonly ulong _seed;

    private ShortWords(Entry[] table, ulong seed)
    {
        (_table, _mask, _seed) = (table, table.Length - 1, seed);
        foreach (var entry in table)
        {
            if (entry.Id == 0) continue;
            var bit = (int)(Hash(entry.Low, entry.High, seed) >> (64 - FilterBits));
            _filter[bit >> 6] |= 1UL << bit;
        }
    }

    /// <summary>Builds the table; words that are longer or not ASCII are left out.</summary>
    public static ShortWords Of(IEnumerable<KeyValuePair<string, int>> words)
    {
        var entries = words.Where(static word => word.Key.Length is > 0 and <= Longest && Ascii(word.Key)).Select(static word => new Entry(Key(word.Key, 0), Key(word.Key, 8), word.Value)).ToArray();
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, entries.Length * 2));
        var seed = 0x9e3779b97f4a7c15UL;
        for (var attempt = 0; ; attempt++)
        {
            var table = new Entry[size];
            var longest = 0;
            foreach (var entry in entries)
            {
                var at = (int)Hash(entry.Low, entry.High, seed) & (size - 1);
                var spill = 0;
                for (; table[at].Id != 0; at = (at + 1) & (size - 1)) spill++;
                table[at] = entry;
                longest = Math.Max(longest, spill);
            }
            // Another seed, and more room, for words that were chosen to lie behind one another.
            if (longest <= LongestSpill || attempt == 16) return new(table, seed);
            seed = (seed * 0xd1342543de82ef95UL) + 1;
            if (attempt % 4 == 3) size *= 2;
        }
    }

    /// <summary>The number of a word (<see cref="Conditions.TextRuns.Key"/>); 0 when the table does not have it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ulong low, ulong high)
    {
        var hash = Hash(low, high, _seed);
        var bit = (int)(hash >> (64 - FilterBits));
        if ((Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_filter), bit >> 6) >> bit & 1) == 0) return 0;
        for (var at = (int)hash & _mask; ; at = (at + 1) & _mask)
        {
            ref var entry = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_table), at);
            if (entry.Low == low && entry.High == high || entry.Id == 0) return entry.Id;
        }
    }

    private static bool Ascii(string word) => System.Text.Ascii.IsValid(word);

    private static ulong Key(string word, int from)
    {
        var key = 0UL;
        for (var i = from; i < Math.Min(word.Length, from + 8); i++) key |= (ulong)word[i] << (8 * (i - from));
        return key;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hash(ulong low, ulong high, ulong seed)
    {
        var top = Math.BigMul(low ^ seed, high ^ 0xe7037ed1a0b428dbUL, out var bottom);
        return (top ^ bottom) * 0xa0761d6478bd642fUL;
    }

    private readonly record struct Entry(ulong Low, ulong High, int Id);
}
