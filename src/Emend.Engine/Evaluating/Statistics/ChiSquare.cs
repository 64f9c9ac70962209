namespace Emend.Engine.Evaluating.Statistics;

/// <summary>The chi-square distribution: what sums of squared deviations are held against.</summary>
/// <remarks>Its distribution function is the regularized incomplete gamma function P(k/2, x/2), by its series below the mean and its continued fraction above (DLMF 8.11.4 and 8.9.2).</remarks>
internal static class ChiSquare
{
    /// <summary>P(X &lt;= x).</summary>
    public static double Below(double x, int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(degrees);
        if (x <= 0) return 0;
        var (a, half) = (degrees / 2.0, x / 2);
        return half < a + 1 ? Series(a, half) : 1 - Fraction(a, half);
    }

    /// <summary>The x that is exceeded with probability <paramref name="tail"/>.</summary>
    public static double Exceeded(double tail, int degrees)
    {
        if (!(tail is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(tail), tail, "a probability lies between 0 and 1");
        var (low, high) = (0.0, degrees + 10.0);
        while (Above(high, degrees) > tail) high *= 2;
        for (var i = 0; i < 200 && high - low > 1e-12 * high; i++)
        {
            var middle = 0.5 * (low + high);
            if (Above(middle, degrees) > tail) low = middle;
            else high = middle;
        }
        return 0.5 * (low + high);
    }

    private static double Above(double x, int degrees) => x / 2 < degrees / 2.0 + 1 ? 1 - Series(degrees / 2.0, x / 2) : Fraction(degrees / 2.0, x / 2);

    private static double Series(double a, double x)
    {
        var (term, sum) = (1 / a, 1 / a);
        for (var n = 1; n < 10_000; n++)
        {
            term *= x / (a + n);
            sum += term;
            if (term < 1e-16 * sum) break;
        }
        return sum * Front(a, x);
    }

    private static double Fraction(double a, double x)
    {
        const double tiny = 1e-300;
        var b = x + 1 - a;
        var (c, d) = (1 / tiny, 1 / b);
        var h = d;
        for (var i = 1; i < 10_000; i++)
        {
            var an = -i * (i - a);
            b += 2;
            d = an * d + b;
            if (Math.Abs(d) < tiny) d = tiny;
            c = b + an / c;
            if (Math.Abs(c) < tiny) c = tiny;
            d = 1 / d;
            h *= d * c;
            if (Math.Abs(d * c - 1) < 1e-15) break;
        }
        return h * Front(a, x);
    }

    // x^a e^-x / Gamma(a), for a half or whole number.
    private static double Front(double a, double x) => Math.Exp(a * Math.Log(x) - x - LogGamma(a));

    // ln Gamma(a) by recursion down to 1 or 1/2: degrees of freedom are few.
    private static double LogGamma(double a)
    {
        var sum = 0.0;
        for (; a > 1; a--) sum += Math.Log(a - 1);
        return sum + (a == 1 ? 0 : 0.5 * Math.Log(Math.PI));
    }
}
