using System.Numerics;

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
        // |r| <= 0.347: twelve terms of the series.
        var sum = 1 + r * (1 + r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720 + r * (1.0 / 5_040
            + r * (1.0 / 40_320 + r * (1.0 / 362_880 + r * (1.0 / 3_628_800 + r / 39_916_800))))))))));
        return sum * BitConverter.Int64BitsToDouble(((long)k + 1023) << 52);
    }

    /// <summary>e to the power of each of these, none above 0, less an offset, in their place; returns the sum, added in order. Relative error below 1e-6, 0 below -87.</summary>
    public static double Exp(Span<float> values, float offset)
    {
        var at = 0;
        for (; at + Vector<float>.Count <= values.Length; at += Vector<float>.Count)
        {
            var some = values.Slice(at, Vector<float>.Count);
            Exp(new Vector<float>(some) - new Vector<float>(offset)).CopyTo(some);
        }
        if (at < values.Length)
        {
            Span<float> rest = stackalloc float[Vector<float>.Count];
            rest.Clear();
            values[at..].CopyTo(rest);
            Exp(new Vector<float>(rest) - new Vector<float>(offset)).CopyTo(rest);
            rest[..(values.Length - at)].CopyTo(values[at..]);
        }
        // Added one by one: vectors are wider on some machines, and the order of additions changes the last bit.
        double sum = 0;
        foreach (var value in values) sum += value;
        return sum;
    }

    // Element by element, so the width of a vector makes no difference.
    private static Vector<float> Exp(Vector<float> x)
    {
        x = Vector.Max(x, new Vector<float>(-87));
        var k = Vector.Floor(x * new Vector<float>(1.44269504f) + new Vector<float>(0.5f));
        var r = x - k * new Vector<float>(0.693359375f) - k * new Vector<float>(-2.12194440e-4f);
        var sum = new Vector<float>(1f / 720) * r + new Vector<float>(1f / 120);
        sum = sum * r + new Vector<float>(1f / 24);
        sum = sum * r + new Vector<float>(1f / 6);
        sum = sum * r + new Vector<float>(0.5f);
        sum = sum * r + Vector<float>.One;
        sum = sum * r + Vector<float>.One;
        return sum * Vector.AsVectorSingle(Vector.ShiftLeft(Vector.ConvertToInt32(k) + new Vector<int>(127), 23));
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
