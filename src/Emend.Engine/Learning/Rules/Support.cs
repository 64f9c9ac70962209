namespace Emend.Engine.Learning.Rules;

/// <summary>
/// Who stands behind a rule. A rule that one person could have brought about alone is one person's opinion, however many cases they filed:
/// options ask for distinct supporters, cap the share of one, and demand that the rule still holds without its strongest.
/// </summary>
internal static class Support
{
    /// <summary>Why the people behind a rule do not suffice; null when they do.</summary>
    /// <param name="candidate">The rule.</param>
    /// <param name="table">The cases.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="isHighRisk">Whether what it leads to is of high risk.</param>
    /// <param name="holds">Whether the rule would still be let through with this tally.</param>
    public static string? Lacks(Candidate candidate, CaseTable table, LearnerOptions options, bool isHighRisk, Func<Tally, bool> holds)
    {
        var survives = isHighRisk ? Math.Max(options.SurvivesLossOf, options.SurvivesLossOfAtHighRisk) : options.SurvivesLossOf;
        var least = isHighRisk ? Math.Max(options.MinSubmitters, options.SurvivesLossOfAtHighRisk + 1) : options.MinSubmitters;
        if (least <= 1 && survives <= 0 && options.MaxShareOfSubmitter >= 1) return null;
        var people = new HashSet<string>(StringComparer.Ordinal);
        var alone = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var both = new Dictionary<(string, string), int>();
        foreach (var row in Bits.Members(candidate.Cover))
        {
            if (table.Remedy[row] != candidate.Remedy) continue;
            // A ruling that several people agreed on stays when one of them is taken away. Whoever ruled is none of them: what only repeats somebody goes with them.
            var behind = table.Cases[row].Ruling.Behind;
            people.UnionWith(behind);
            if (behind is [var only]) alone[only] = alone.GetValueOrDefault(only) + 1;
            else if (behind is [var one, var other])
            {
                var pair = string.CompareOrdinal(one, other) < 0 ? (one, other) : (other, one);
                both[pair] = both.GetValueOrDefault(pair) + 1;
            }
        }
        if (people.Count < least) return "too-few-submitters";
        var strongest = alone.Values.DefaultIfEmpty(0).Max();
        var tally = candidate.Tally;
        if (strongest > 0 && options.MaxShareOfSubmitter < 1)
        {
            var others = tally.Fixes - strongest;
            var counted = Math.Min(strongest, (int)(others * options.MaxShareOfSubmitter / (1 - options.MaxShareOfSubmitter)));
            if (!holds(Without(tally, strongest - counted))) return "one-submitter-dominates";
        }
        return holds(Without(tally, MostTaken(alone, both, survives))) ? null : "falls-without-strongest-submitters";
    }

    // Cases that rest on nobody else but the worst choice of so many people.
    private static int MostTaken(SortedDictionary<string, int> alone, Dictionary<(string, string), int> both, int people) => people switch
    {
        <= 0 => 0,
        1 => alone.Values.DefaultIfEmpty(0).Max(),
        2 => Math.Max(
            alone.Values.OrderDescending().Take(2).Sum(),
            both.Select(pair => pair.Value + alone.GetValueOrDefault(pair.Key.Item1) + alone.GetValueOrDefault(pair.Key.Item2)).DefaultIfEmpty(0).Max()),
        _ => throw new ArgumentOutOfRangeException(nameof(people), people, "at most two are taken away"),
    };

    private static Tally Without(Tally tally, int fixes) => tally with { Fixes = tally.Fixes - fixes, Rows = tally.Rows - fixes };
}
