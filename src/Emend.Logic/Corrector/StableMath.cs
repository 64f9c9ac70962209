namespace Emend.Logic.Corrector;

/// <summary>Exponential and logarithm from additions and multiplications only: the same bits on every machine, which a system's own functions do not promise.</summary>
/// <remarks>A corrector decides alike wherever it runs, and is built to the same bytes. Relative error below 1e-12.</remarks>
public static class StableMath
{
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>e to the power of x; 0 below -700, and held at e^700 above.</summary>
    public static double Exp(double x)
    {
        if (!(x > -700)) return 0;
        if (x > 700) x = 700;
        var k = Math.Floor(x / (Ln2High + Ln2Low) + 0.5);
        var r = x - k * Ln2High - k * Ln2Low;
        // |r| <= 0.347: eleven terms of the series.
        var sum = 1 + r * (1 + r / 2 * (1 + r / 3 * (1 + r / 4 * (1 + r / 5 * (1 + r / 6 * (1 + r / 7 * (1 + r / 8 * (1 + r / 9 * (1 + r / 10 * (1 + r / 11))))))))));
        return sum * BitConverter.Int64BitsToDouble(((long)k + 1023) << 52);
    }

    /// <summary>Natural logarithm of a positive, normal number; that of the smallest normal number for anything below.</summary>
    public static double Log(double x)
    {
        if (!(x > 2.3e-308)) x = 2.3e-308;
        var bits = BitConverter.DoubleToInt64Bits(x);
        var exponent = (int)(bits >> 52) - 1023;
        var m = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFFL) | 0x3FF0000000000000L);
        if (m > 1.4142135623730951)
        {
            m /= 2;
            exponent++;
        }
        // ln m = 2 atanh s, |s| <= 0.172.
        var s = (m - 1) / (m + 1);
        var s2 = s * s;
        var sum = s * (1 + s2 * (1.0 / 3 + s2 * (1.0 / 5 + s2 * (1.0 / 7 + s2 * (1.0 / 9 + s2 * (1.0 / 11 + s2 / 13))))));
        return 2 * sum + exponent * (Ln2High + Ln2Low);
    }

    /// <summary>Log-odds of a chance, held between those of <paramref name="least"/> and 1 - <paramref name="least"/>.</summary>
    public static double LogOdds(double chance, double least = 0.001)
    {
        var held = Math.Clamp(chance, least, 1 - least);
        return Log(held / (1 - held));
    }

    /// <summary>The chance with these log-odds.</summary>
    public static double Chance(double logOdds) => 1 / (1 + Exp(-logOdds));
}
