namespace Emend.Engine.Trust;

/// <summary>One action is turned into another far more often than before, by whomever.</summary>
/// <param name="Proposed">The action.</param>
/// <param name="Said">Into what.</param>
/// <param name="Count">How often within the last day.</param>
/// <param name="Before">How often in the days before.</param>
/// <param name="Days">So many days.</param>
/// <param name="People">People who said so within the last day.</param>
/// <param name="P">Chance of as many at the rate of before.</param>
internal sealed record BurstFinding(string Proposed, string Said, int Count, int Before, double Days, int People, double P);

/// <summary>
/// Finds bursts of corrections that would lead to the same rule. Many names behind one hand arrive together; so do people who see a real new mistake:
/// the alarm asks somebody to look, it holds nothing back.
/// </summary>
/// <remarks>Tail of the negative binomial: a Poisson count whose rate is itself only known from the days before (Gamma prior worth one correction).</remarks>
internal static class CorrectionBurst
{
    /// <summary>Chance of calling any quiet day a burst, over all pairs of actions looked at.</summary>
    public const double Level = 1e-6;

    private const long Day = 86_400_000_000;

    private const int Least = 5;

    /// <summary>Looks.</summary>
    /// <param name="changes">Corrections that say otherwise: the pair of actions, who, and when.</param>
    /// <param name="now">Now, microseconds since 1970 UTC.</param>
    public static IReadOnlyList<BurstFinding> Look(IReadOnlyCollection<(string Proposed, string Said, Guid By, long At)> changes, long now)
    {
        if (changes.Count == 0) return [];
        var days = (now - Day - changes.Min(static one => one.At)) / (double)Day;
        // Without a past there is nothing to compare with.
        if (days < 1) return [];
        var pairs = changes.Where(one => one.At <= now).GroupBy(static one => (one.Proposed, one.Said))
            .Select(pair => (pair.Key, Recent: pair.Where(one => one.At > now - Day).ToArray(), Before: pair.Count(one => one.At <= now - Day)))
            .Where(static pair => pair.Recent.Length >= Least).OrderBy(static pair => pair.Key).ToArray();
        var found = new List<BurstFinding>();
        foreach (var ((proposed, said), recent, before) in pairs)
        {
            var p = AtLeast(recent.Length, 1 + before, days);
            if (p <= Level / pairs.Length) found.Add(new(proposed, said, recent.Length, before, days, recent.Select(static one => one.By).Distinct().Count(), p));
        }
        return found;
    }

    // P(X >= k) on one day, where the rate is Gamma(shape, days).
    private static double AtLeast(int k, double shape, double days)
    {
        // Term by term from 0: P(0) = (days / (days + 1))^shape, P(x + 1) / P(x) = (shape + x) / (x + 1) / (days + 1).
        var term = Math.Pow(days / (days + 1), shape);
        var below = 0.0;
        for (var x = 0; x < k; x++)
        {
            below += term;
            term *= (shape + x) / ((x + 1) * (days + 1));
        }
        // The sum of what lies above is taken directly where 1 - below would lose it.
        if (1 - below > 1e-9) return 1 - below;
        var above = 0.0;
        for (var x = k; x < k + 1_000 && term > above * 1e-15; x++)
        {
            above += term;
            term *= (shape + x) / ((x + 1) * (days + 1));
        }
        return above;
    }
}
