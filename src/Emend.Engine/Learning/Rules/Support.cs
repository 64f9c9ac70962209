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
    /// <param name="holds">Whether the rule would still be let through with this tally.</param>
    public static string? Lacks(Candidate candidate, CaseTable table, LearnerOptions options, Func<Tally, bool> holds)
    {
        if (options is { MinSubmitters: <= 1, SurvivesLossOf: <= 0, MaxShareOfSubmitter: >= 1 }) return null;
        var people = new HashSet<string>(StringComparer.Ordinal);
        var alone = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var row in Bits.Members(candidate.Cover))
        {
            if (table.Remedy[row] != candidate.Remedy) continue;
            var submitters = table.Cases[row].Ruling.Submitters;
            people.UnionWith(submitters);
            // A ruling that several people agreed on stays when one of them is taken away.
            if (submitters.Length == 1) alone[submitters[0]] = alone.GetValueOrDefault(submitters[0]) + 1;
        }
        if (people.Count < options.MinSubmitters) return "too-few-submitters";
        var strongest = alone.Values.OrderDescending().ToArray();
        var tally = candidate.Tally;
        if (strongest.Length > 0 && options.MaxShareOfSubmitter < 1)
        {
            var others = tally.Fixes - strongest[0];
            var counted = Math.Min(strongest[0], (int)(others * options.MaxShareOfSubmitter / (1 - options.MaxShareOfSubmitter)));
            if (!holds(Without(tally, strongest[0] - counted))) return "one-submitter-dominates";
        }
        return holds(Without(tally, strongest.Take(options.SurvivesLossOf).Sum())) ? null : "falls-without-strongest-submitters";
    }

    private static Tally Without(Tally tally, int fixes) => tally with { Fixes = tally.Fixes - fixes, Rows = tally.Rows - fixes };
}
