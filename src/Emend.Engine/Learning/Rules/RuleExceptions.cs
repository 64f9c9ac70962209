using Emend.Logic.Rules;

namespace Emend.Engine.Learning.Rules;

/// <summary>
/// Where a good rule spoils right proposals in a way that can be said, a child rule keeps the agent's action there (ripple-down rules:
/// a local patch never touches what lies outside its parent). It can only restore what the agent proposed, so it needs no test of its own.
/// </summary>
internal static class RuleExceptions
{
    private const int MaxDepth = 2;
    private const int MaxPerRule = 2;

    /// <summary>The exceptions of one rule.</summary>
    public static IEnumerable<Rule> Of(DraftRule parent, LearnerOptions options)
    {
        var (table, candidate) = (parent.Table, parent.Candidate);
        if (candidate.Tally.Breaks < options.MinFixes) yield break;
        var view = View.Of(table, [.. Bits.Members(candidate.Cover)]);
        var (right, fixedRows) = (new ulong[view.Words], new ulong[view.Words]);
        for (var i = 0; i < view.Rows.Length; i++)
        {
            if (table.Remedy[view.Rows[i]] < 0) Bits.Add(right, i);
            else if (table.Remedy[view.Rows[i]] == candidate.Remedy) Bits.Add(fixedRows, i);
        }
        // The same search with the roles changed: it "fixes" what the parent breaks and must not cost what the parent fixes.
        var search = new BeamSearch(table, options with { MaxDepth = MaxDepth, MaxRulesPerMistake = MaxPerRule });
        var found = search.Search(new(view, candidate.Scope, candidate.Remedy, Bits.All(view.Rows.Length), right, fixedRows, candidate.Promise.Fix) { MinFixes = options.MinFixes });
        foreach (var child in found.Where(static c => !c.Terms.IsEmpty))
        {
            var draft = new DraftRule(table, child with { Terms = [.. candidate.Terms, .. child.Terms] }, options);
            var newest = Bits.Members(child.Cover).Where(r => table.Remedy[r] < 0).Max(r => table.Cases[r].Ruling.At);
            yield return new()
            {
                Id = "k-" + draft.Id[2..],
                Origin = RuleOrigin.Mined,
                Priority = parent.Priority + 1,
                When = draft.When,
                Effect = RuleEffect.Keep,
                Because = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"exception of {parent.Id}: the agent was right in {child.Tally.Fixes} of {child.Tally.Rows} reviewed cases like this"),
                EvidenceThrough = newest,
                ExpiresAt = newest + Microseconds(options.TimeToLive),
                Evidence = [.. Bits.Members(child.Cover).Where(r => table.Remedy[r] < 0).Select(r => table.Cases[r].Ruling.DecisionId).Order(StringComparer.Ordinal)],
                Right = child.Tally.Fixes,
                Wrong = child.Tally.Rows - child.Tally.Fixes,
                Submitters = Bits.Members(child.Cover).Where(r => table.Remedy[r] < 0).SelectMany(r => table.Cases[r].Ruling.Behind).Distinct(StringComparer.Ordinal).Count(),
            };
        }
    }

    /// <summary>A span in the unit of instants.</summary>
    internal static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
