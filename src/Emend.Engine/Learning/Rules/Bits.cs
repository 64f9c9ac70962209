using System.Numerics;

namespace Emend.Engine.Learning.Rules;

/// <summary>Sets of rows, 64 to a word.</summary>
internal static class Bits
{
    public static int Words(int rows) => (rows + 63) >> 6;

    public static ulong[] All(int rows)
    {
        var set = new ulong[Words(rows)];
        Array.Fill(set, ulong.MaxValue);
        if ((rows & 63) != 0) set[^1] = (1UL << (rows & 63)) - 1;
        return set;
    }

    public static bool Has(ulong[] set, int row) => (set[row >> 6] >> (row & 63) & 1) != 0;

    public static void Add(ulong[] set, int row) => set[row >> 6] |= 1UL << (row & 63);

    public static int Count(ReadOnlySpan<ulong> set)
    {
        var count = 0;
        foreach (var word in set) count += BitOperations.PopCount(word);
        return count;
    }

    public static int CountBoth(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        b = b[..a.Length];
        var count = 0;
        for (var i = 0; i < a.Length; i++) count += BitOperations.PopCount(a[i] & b[i]);
        return count;
    }

    /// <summary>Members in order, for places where speed does not matter most.</summary>
    public static IEnumerable<int> Members(ulong[] set)
    {
        for (var i = 0; i < set.Length; i++)
            for (var word = set[i]; word != 0; word &= word - 1)
                yield return (i << 6) + BitOperations.TrailingZeroCount(word);
    }

    /// <summary>Fills <paramref name="rows"/> with the members in order and returns how many.</summary>
    public static int CopyTo(ReadOnlySpan<ulong> set, Span<int> rows)
    {
        var count = 0;
        for (var i = 0; i < set.Length; i++)
            for (var word = set[i]; word != 0; word &= word - 1)
                rows[count++] = (i << 6) + BitOperations.TrailingZeroCount(word);
        return count;
    }
}
