namespace SupportDeskAgent;

/// <summary>Seeded chance: SplitMix64 (Steele, Lea and Flood, 2014), one stream per question and message text, so that a new message does not change what people say of the others.</summary>
internal sealed class Coins
{
    private const ulong Seed = 20260307;
    private ulong _state;

    private Coins(ulong state) => _state = state;

    public static Coins For(string question, string about)
    {
        // FNV-1a, 64 bits: string.GetHashCode differs from run to run.
        var hash = 14695981039346656037UL;
        foreach (var c in $"{question}/{about}")
            hash = (hash ^ c) * 1099511628211UL;
        return new(hash ^ Seed);
    }

    /// <summary>A whole number from 0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => (int)(Next() % (ulong)count);

    public bool Heads(int perThousand) => Below(1000) < perThousand;

    /// <summary>From <paramref name="least"/> to <paramref name="most"/>, short spans likelier than long ones.</summary>
    public long Skewed(int least, int most) => least + ((long)Below(1000) * Below(1000) * (most - least) / 1_000_000);

    private ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
