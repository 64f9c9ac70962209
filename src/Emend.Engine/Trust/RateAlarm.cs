namespace Emend.Engine.Trust;

/// <summary>What one person said of one decision, alone.</summary>
/// <param name="By">Who.</param>
/// <param name="Proposed">Action that was proposed.</param>
/// <param name="Said">Action they want instead; null: it was right; empty: it was wrong, no better is known.</param>
/// <param name="DecidedAt">When it was decided, microseconds since 1970 UTC.</param>
internal readonly record struct Opinion(string By, string Proposed, string? Said, long DecidedAt);

/// <summary>Somebody turns one action into another far more often than others find reason to.</summary>
/// <param name="By">Who.</param>
/// <param name="Proposed">The action that is turned.</param>
/// <param name="Said">Into what.</param>
/// <param name="Count">How often.</param>
/// <param name="Of">Decisions with that proposal between the first and the last of them.</param>
/// <param name="OthersSaid">How often others said the same.</param>
/// <param name="OthersLooked">Of so many decisions with that proposal that they looked at.</param>
/// <param name="P">Chance of as many, were there as much reason as others found.</param>
internal sealed record RateFinding(string By, string Proposed, string Said, int Count, int Of, int OthersSaid, int OthersLooked, double P)
{
    /// <summary>People it was found of together, this one among them; 1: of this one alone. Counts are those of all of them.</summary>
    public int People { get; init; } = 1;
}

/// <summary>
/// Compares how often somebody turns an action into another with how often everybody else does: the tail of a beta-binomial whose prior is what
/// others said of decisions with the same proposal. Nobody is compared where nobody else looked, nor with people who only ever confirm.
/// </summary>
/// <remarks>
/// What counts is decisions made between the first and the last that somebody turned, looked at or not: who only ever speaks of
/// mistakes is no suspect for that. The level is shared among all pairs looked at (Bonferroni).
/// </remarks>
internal static class RateAlarm
{
    /// <summary>Looks.</summary>
    /// <param name="opinions">What was said, in any order.</param>
    /// <param name="policy">When to raise it.</param>
    /// <param name="traffic">Decisions with a proposal between two times; null: those somebody spoke of.</param>
    public static IReadOnlyList<RateFinding> Look(IReadOnlyCollection<Opinion> opinions, TrustPolicy policy, Func<string, long, long, int>? traffic = null)
    {
        var turns = new Dictionary<(string By, string Proposed, string Said), Turn>();
        foreach (var one in opinions)
        {
            if (one.Said is null) continue;
            var key = (one.By, one.Proposed, one.Said);
            var turn = turns.GetValueOrDefault(key, new(0, long.MaxValue, long.MinValue));
            turns[key] = new(turn.Count + 1, Math.Min(turn.First, one.DecidedAt), Math.Max(turn.Last, one.DecidedAt));
        }
        var suspects = turns.Where(turn => turn.Value.Count >= policy.LeastCorrections).OrderBy(static turn => turn.Key).ToArray();
        if (suspects.Length == 0) return [];

        // Who never says otherwise cannot be compared with: they may be shown only what is right.
        var comparable = opinions.Where(static one => one.Said is not null).Select(static one => one.By).ToHashSet(StringComparer.Ordinal);
        var looked = opinions.ToLookup(static one => one.Proposed, StringComparer.Ordinal);
        var found = new List<RateFinding>();
        foreach (var ((by, proposed, said), turn) in suspects)
        {
            var (othersSaid, othersLooked, spoken) = (0, 0, 0);
            foreach (var one in looked[proposed])
            {
                if (one.DecidedAt >= turn.First && one.DecidedAt <= turn.Last) spoken++;
                if (string.Equals(one.By, by, StringComparison.Ordinal) || !comparable.Contains(one.By)) continue;
                othersLooked++;
                if (string.Equals(one.Said, said, StringComparison.Ordinal)) othersSaid++;
            }
            if (othersLooked == 0) continue;
            var level = policy.AlarmLevel / suspects.Length;
            // Fewer decisions make it look worse: who is no suspect by those spoken of is none by all of them.
            if (BetaBinomial.AtLeast(turn.Count, spoken, 1 + othersSaid, 1 + othersLooked - othersSaid) > level) continue;
            var of = Math.Max(spoken, traffic?.Invoke(proposed, turn.First, turn.Last) ?? 0);
            var p = BetaBinomial.AtLeast(turn.Count, of, 1 + othersSaid, 1 + othersLooked - othersSaid);
            if (p <= level) found.Add(new(by, proposed, said, turn.Count, of, othersSaid, othersLooked, p));
        }
        return found;
    }

    /// <summary>
    /// Looks for people who turn one action into another together: each beside the others looks like everybody else. Those who did it most are held, as one,
    /// against all who did it less; as many as half of those who looked, and the level is shared among all choices of so many.
    /// </summary>
    /// <remarks>Several people also find the same new mistake together, or work on the same kind of case: this asks somebody to look and holds nothing back.</remarks>
    /// <param name="opinions">What was said, in any order.</param>
    /// <param name="policy">When to raise it.</param>
    public static IReadOnlyList<RateFinding> LookTogether(IReadOnlyCollection<Opinion> opinions, TrustPolicy policy)
    {
        var comparable = opinions.Where(static one => one.Said is not null).Select(static one => one.By).ToHashSet(StringComparer.Ordinal);
        var looked = opinions.Where(one => comparable.Contains(one.By)).ToLookup(static one => one.Proposed, StringComparer.Ordinal);
        var pairs = opinions.Where(static one => one.Said is not null).GroupBy(static one => (one.Proposed, Said: one.Said!)).Where(pair => pair.Count() >= policy.LeastCorrections).OrderBy(static pair => pair.Key).ToArray();
        var found = new List<RateFinding>();
        foreach (var pair in pairs)
        {
            var here = looked[pair.Key.Proposed].ToArray();
            var spokeHere = here.Select(static one => one.By).Distinct(StringComparer.Ordinal).Count();
            var turners = pair.GroupBy(static one => one.By, StringComparer.Ordinal).Where(static turns => turns.Count() > 1).OrderByDescending(static turns => turns.Count()).ThenBy(static turns => turns.Key, StringComparer.Ordinal).ToArray();
            (double Level, int People, RateFinding? Finding) least = (policy.AlarmLevel / Math.Max(1, pairs.Length), 0, null);
            for (var people = 2; people <= Math.Min(turners.Length, spokeHere / 2); people++)
            {
                var (count, first, last) = (0, long.MaxValue, long.MinValue);
                foreach (var one in turners.Take(people).SelectMany(static turns => turns)) (count, first, last) = (count + 1, Math.Min(first, one.DecidedAt), Math.Max(last, one.DecidedAt));
                var together = turners.Take(people).Select(static turns => turns.Key).ToHashSet(StringComparer.Ordinal);
                var others = here.Where(one => !together.Contains(one.By)).ToArray();
                var (of, othersSaid) = (here.Count(one => one.DecidedAt >= first && one.DecidedAt <= last), others.Count(one => string.Equals(one.Said, pair.Key.Said, StringComparison.Ordinal)));
                var p = BetaBinomial.AtLeast(count, of, 1 + othersSaid, 1 + others.Length - othersSaid) * Math.Exp(Choices(spokeHere, people)) * (spokeHere / 2);
                if (p <= least.Level) least = (p, people, new("", pair.Key.Proposed, pair.Key.Said, count, of, othersSaid, others.Length, p) { People = people });
            }
            if (least.Finding is { } finding) found.AddRange(turners.Take(least.People).Select(turns => finding with { By = turns.Key }));
        }
        return found;
    }

    // ln of the number of ways to choose k of n.
    private static double Choices(int n, int k) => LogGamma.Of(n + 1) - LogGamma.Of(k + 1) - LogGamma.Of(n - k + 1);

    private readonly record struct Turn(int Count, long First, long Last);
}

/// <summary>Tail of the beta-binomial distribution: a binomial whose chance is itself only known from counts.</summary>
internal static class BetaBinomial
{
    /// <summary>P(X &gt;= <paramref name="k"/>) of <paramref name="n"/> trials whose chance is Beta(<paramref name="a"/>, <paramref name="b"/>).</summary>
    public static double AtLeast(int k, int n, double a, double b)
    {
        if (k <= 0) return 1;
        if (k > n) return 0;
        // P(n) and then each term from the one after it, in logarithms; the sum runs over the tail only.
        var term = LogGamma.Beta(n + a, b) - LogGamma.Beta(a, b);
        var sum = Math.Exp(term);
        for (var x = n; x > k; x--)
        {
            // P(x - 1) / P(x) = x (n - x + b) / ((n - x + 1) (x - 1 + a))
            term += Math.Log(x * (n - x + b) / ((n - x + 1.0) * (x - 1 + a)));
            sum += Math.Exp(term);
        }
        return Math.Min(1, sum);
    }
}

/// <summary>Logarithms of the gamma and beta functions (Lanczos, SIAM J. Numerical Analysis 1964, with Godfrey's coefficients; within 1e-13).</summary>
internal static class LogGamma
{
    private static readonly double[] C =
    [
        0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ];

    /// <summary>ln B(a, b).</summary>
    public static double Beta(double a, double b) => Of(a) + Of(b) - Of(a + b);

    /// <summary>ln Gamma(x) for x &gt;= 0.5.</summary>
    public static double Of(double x)
    {
        x -= 1;
        var sum = C[0];
        for (var i = 1; i < C.Length; i++) sum += C[i] / (x + i);
        var t = x + 7.5;
        return 0.5 * Math.Log(2 * Math.PI) + (x + 0.5) * Math.Log(t) - t + Math.Log(sum);
    }
}
