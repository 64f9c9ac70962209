namespace Emend.Engine.Evaluating.Statistics;

/// <summary>McNemar's exact test on paired cases: could this many fixes against breaks come from a fair coin?</summary>
internal static class McNemar
{
    /// <summary>One-sided: P(at least <paramref name="fixes"/> heads in fixes + breaks tosses). 1 when nothing differs.</summary>
    public static double P(long fixes, long breaks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fixes);
        ArgumentOutOfRangeException.ThrowIfNegative(breaks);
        // P(Bin(n, 1/2) >= b) = I_(1/2)(b, n - b + 1)
        return fixes == 0 ? 1 : IncompleteBeta.Of(0.5, fixes, breaks + 1);
    }

    /// <summary>How many more fixes, with no further break, would make the test significant; 0 when it is.</summary>
    public static long MoreFixes(long fixes, long breaks, double p)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(p);
        var more = 0L;
        while (P(fixes + more, breaks) > p) more++;
        return more;
    }
}
