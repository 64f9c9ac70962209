namespace Emend.Engine.Learning.Rules;

/// <summary>Exact tail of the binomial distribution.</summary>
internal static class BinomialTail
{
    /// <summary>P(X &lt;= <paramref name="successes"/>) for X ~ Binomial(<paramref name="trials"/>, <paramref name="chance"/>); 1 when there were no trials.</summary>
    public static double AtMost(int successes, int trials, double chance)
    {
        if (successes >= trials) return 1;
        // Each term from the one before, in logarithms: nothing underflows at a hundred thousand trials.
        var term = trials * Math.Log(1 - chance);
        var sum = Math.Exp(term);
        var odds = Math.Log(chance) - Math.Log(1 - chance);
        for (var k = 1; k <= successes; k++)
        {
            term += Math.Log((trials - k + 1.0) / k) + odds;
            sum += Math.Exp(term);
        }
        return Math.Min(1, sum);
    }
}
