namespace Emend.Engine.Evaluating.Statistics;

/// <summary>Exact one-sided bounds on a share from k hits in n independent cases (Clopper and Pearson, Biometrika 1934).</summary>
internal static class ClopperPearson
{
    /// <summary>The share is above this with probability at least 1 - <paramref name="alpha"/>; 0 when nothing was seen.</summary>
    public static double Lower(long k, long n, double alpha = 0.05)
    {
        Check(k, n);
        return k == 0 ? 0 : IncompleteBeta.Inverse(alpha, k, n - k + 1);
    }

    /// <summary>The share is below this with probability at least 1 - <paramref name="alpha"/>; 1 when nothing was seen.</summary>
    public static double Upper(long k, long n, double alpha = 0.05)
    {
        Check(k, n);
        return k == n ? 1 : IncompleteBeta.Inverse(1 - alpha, k + 1, n - k);
    }

    /// <summary>How many more cases, none of them a hit, would bring the upper bound down to <paramref name="limit"/>; 0 when it is there.</summary>
    public static long MoreWithoutHit(long k, long n, double limit, double alpha = 0.05)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        if (Upper(k, n, alpha) <= limit) return 0;
        var (low, high) = (n, Math.Max(n, 1L) * 2);
        while (Upper(k, high, alpha) > limit) (low, high) = (high, high * 2);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (Upper(k, middle, alpha) > limit) low = middle;
            else high = middle;
        }
        return high - n;
    }

    private static void Check(long k, long n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, k);
    }
}
