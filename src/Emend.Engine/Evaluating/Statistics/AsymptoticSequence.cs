namespace Emend.Engine.Evaluating.Statistics;

/// <summary>
/// Half-widths of confidence sequences for a mean: intervals that hold at every look together, for large numbers. Whoever looks a
/// thousand times is wrong at any of them with probability alpha.
/// </summary>
/// <remarks>
/// Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", Annals of
/// Statistics 2024. Asymptotic: to be used from about a hundred units an arm on; below that <see cref="EmpiricalBernstein"/> holds exactly.
/// </remarks>
internal static class AsymptoticSequence
{
    /// <summary>Units at which the interval is narrowest when nobody says otherwise. Default 5,000.</summary>
    public const double UsualN = 5_000;

    /// <summary>Least units of an arm before a sequence says anything.</summary>
    public const int BurnIn = 100;

    /// <summary>Half-width of the two-sided interval.</summary>
    /// <param name="variance">Variance of one term; for a difference of means N (v1/n1 + v0/n0).</param>
    /// <param name="n">Terms so far.</param>
    /// <param name="alpha">Probability of ever being wrong, 0 to 1.</param>
    /// <param name="usualN">Where it is narrowest.</param>
    public static double TwoSided(double variance, long n, double alpha, double usualN = UsualN) =>
        Width(variance, n, Rho(alpha, usualN), static (root, alpha) => Math.Log(root / alpha), alpha);

    /// <summary>Distance of a one-sided bound from the mean; narrower than the two-sided one.</summary>
    /// <inheritdoc cref="TwoSided"/>
    public static double OneSided(double variance, long n, double alpha, double usualN = UsualN) =>
        Width(variance, n, Rho(2 * alpha, usualN), static (root, alpha) => Math.Log(1 + root / (2 * alpha)), alpha);

    private static double Width(double variance, long n, double rho, Func<double, double, double> log, double alpha)
    {
        if (n == 0) return double.PositiveInfinity;
        var spread = n * rho * rho;
        return Math.Sqrt(variance) * Math.Sqrt(2 * (spread + 1) / (spread * n) * log(Math.Sqrt(spread + 1), alpha));
    }

    private static double Rho(double alpha, double usualN) => Math.Sqrt((-2 * Math.Log(alpha) + Math.Log(-2 * Math.Log(alpha) + 1)) / usualN);
}
