namespace Emend.Engine.Trust;

/// <summary>Numbers that look random and follow from a seed, the same on every machine (Steele, Lea and Flood, OOPSLA 2014). No secret may depend on them.</summary>
internal static class SplitMix
{
    /// <summary>The next number.</summary>
    public static ulong Next(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>The next number from 0 up to 1.</summary>
    public static double Share(ref ulong state) => (Next(ref state) >> 11) * (1.0 / (1UL << 53));
}
