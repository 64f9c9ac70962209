namespace Emend.Logic.Evaluation;

/// <summary>A set of lane values as sorted, disjoint, closed intervals: low, high, low, high, … Lanes hold -1 (no value of this type) and up.</summary>
internal static class Intervals
{
    public const int Lowest = -1;
    public const int Highest = int.MaxValue;

    public static int[] Single(int low, int high) => low > high ? [] : [low, high];

    /// <summary>The set of these points and ranges, in any order.</summary>
    public static int[] Union(List<(int Low, int High)> parts)
    {
        parts.Sort();
        var result = new List<int>(parts.Count * 2);
        foreach (var (low, high) in parts)
        {
            if (low > high) continue;
            if (result.Count > 0 && low <= (long)result[^1] + 1) result[^1] = Math.Max(result[^1], high);
            else result.AddRange([low, high]);
        }
        return [.. result];
    }

    public static int[] Complement(int[] set)
    {
        var result = new List<int>(set.Length + 2);
        var from = (long)Lowest;
        for (var i = 0; i < set.Length; i += 2)
        {
            if (set[i] > from) result.AddRange([(int)from, set[i] - 1]);
            from = set[i + 1] + 1L;
        }
        if (from <= Highest) result.AddRange([(int)from, Highest]);
        return [.. result];
    }

    public static int[] Intersect(int[] a, int[] b)
    {
        var result = new List<int>();
        for (int i = 0, j = 0; i < a.Length && j < b.Length;)
        {
            var (low, high) = (Math.Max(a[i], b[j]), Math.Min(a[i + 1], b[j + 1]));
            if (low <= high) result.AddRange([low, high]);
            if (a[i + 1] < b[j + 1]) i += 2;
            else j += 2;
        }
        return [.. result];
    }

    public static bool Contain(ReadOnlySpan<int> set, int value)
    {
        var (low, high) = (0, (set.Length / 2) - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (value < set[2 * middle]) high = middle - 1;
            else if (value > set[(2 * middle) + 1]) low = middle + 1;
            else return true;
        }
        return false;
    }
}
