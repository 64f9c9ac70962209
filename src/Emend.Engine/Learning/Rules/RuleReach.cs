using System.Collections.Immutable;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Learning.Rules;

/// <summary>Where a rule mined from one table holds in another.</summary>
/// <param name="Scope">Proposed label it is for; null: every one but <paramref name="Own"/>.</param>
/// <param name="Own">Label of its remedy.</param>
/// <param name="Terms">Its conditions.</param>
internal sealed record RuleReach(string? Scope, string? Own, ImmutableArray<Term> Terms)
{
    /// <summary>The reach of a mined rule.</summary>
    public static RuleReach Of(DraftRule rule) => new(
        rule.Candidate.Scope >= 0 ? rule.Table.Labels[rule.Candidate.Scope] : null,
        rule.Table.Remedies[rule.Candidate.Remedy].Label,
        rule.Candidate.Terms);

    /// <summary>Rows of another table, counted from <paramref name="from"/>, that the rule holds on.</summary>
    public ulong[] On(CaseTable table, int from, int to)
    {
        var rows = new ulong[Bits.Words(to - from)];
        var label = table.LabelNumber(Scope ?? Own);
        if (Scope is not null && label < 0) return rows;
        var phrases = Terms.Where(static t => t.Phrase >= 0).Select(t => table.PhraseNumber(t.Predicate.Values[0].AsString)).ToArray();
        if (phrases.Contains(-1)) return rows;
        var typed = Terms.RemoveAll(static t => t.Phrase >= 0);
        foreach (var row in phrases.Length > 0 ? Within(table.Postings[phrases.MinBy(p => table.Postings[p].Length)], from, to) : Enumerable.Range(from, to - from))
        {
            if (table.Proposed[row] == label != Scope is not null) continue;
            if (Array.Exists(phrases, p => Array.IndexOf(table.Phrases[row], p) < 0)) continue;
            var decision = table.Cases[row].Decision;
            var holds = true;
            foreach (var term in typed)
                holds = holds && BruteForce.Holds(term.Predicate, new(decision.Context, decision.Proposed, decision.Confidence, decision.OccurredAt));
            if (holds) Bits.Add(rows, row - from);
        }
        return rows;
    }

    private static IEnumerable<int> Within(int[] postings, int from, int to)
    {
        var at = Array.BinarySearch(postings, from);
        for (at = at < 0 ? ~at : at; at < postings.Length && postings[at] < to; at++) yield return postings[at];
    }
}
