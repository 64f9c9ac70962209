namespace Emend.Engine.Learning.Rules;

/// <summary>
/// Chooses, among candidates, those that earn their place in the order of evaluation: a rule stays when, after all that come
/// before it, it is still the first to fix enough and does not break too much. That drops duplicates, special cases of better rules, and
/// rules that another one leaves nothing to do.
/// </summary>
internal static class RuleSelection
{
    // A rule that fixes one more case than its betters is not worth a reader's time.
    private const int MinFixesOfItsOwn = 2;

    /// <summary>The chosen rules in the order they are tried.</summary>
    public static List<DraftRule> Choose(CaseTable table, IEnumerable<Candidate> candidates, LearnerOptions options, Action<DraftRule, string>? dropped = null)
    {
        var ordered = candidates.Select(c => new DraftRule(table, c, options)).ToList();
        ordered.Sort(DraftRule.Order);
        var chosen = new List<DraftRule>();
        var taken = new ulong[Bits.Words(table.Count)];
        foreach (var rule in ordered)
        {
            int fixes = 0, breaks = 0;
            for (var word = 0; word < taken.Length; word++)
            {
                for (var left = rule.Candidate.Cover[word] & ~taken[word]; left != 0; left &= left - 1)
                {
                    var row = (word << 6) + System.Numerics.BitOperations.TrailingZeroCount(left);
                    if (table.Remedy[row] == rule.Candidate.Remedy) fixes++;
                    else if (table.Remedy[row] < 0) breaks++;
                }
            }
            if (fixes < Math.Min(MinFixesOfItsOwn, rule.Candidate.MinFixes))
            {
                dropped?.Invoke(rule, "subsumed");
                continue;
            }
            if (breaks * options.HarmCost > fixes)
            {
                dropped?.Invoke(rule, "harmful-remainder");
                continue;
            }
            chosen.Add(rule);
            for (var i = 0; i < taken.Length; i++) taken[i] |= rule.Candidate.Cover[i];
        }
        return chosen;
    }
}
