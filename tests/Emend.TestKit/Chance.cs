namespace Emend.TestKit;

/// <summary>Chance for simulations: SplitMix64 (Steele, Lea and Flood, 2014). A few nanoseconds a draw, and the same everywhere.</summary>
public sealed class Chance(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong NextBits()
    {
        var z = _state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>Evenly from 0 up to 1.</summary>
    public double Next() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with a probability.</summary>
    public bool Is(double probability) => Next() < probability;

    /// <summary>How many trials fail before the first success.</summary>
    public int Failures(double probability) => probability >= 1 ? 0 : (int)Math.Min(int.MaxValue, Math.Log(1 - Next()) / Math.Log(1 - probability));
}
