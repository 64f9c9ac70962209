using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning.Rules;

/// <summary>A learned rule that was suspended because it did harm. What it was learned from would bring it again: it comes back on what was ruled since, or not.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Since">When it was suspended, microseconds since 1970 UTC.</param>
internal sealed record RetiredRule(Rule Rule, long Since)
{
    /// <summary>Code of the reason in reports.</summary>
    public const string Reason = "retired";

    /// <summary>
    /// Whether a candidate is this rule again: it does the same, at least half of the cases it holds on are this rule's, and what was ruled of those since the
    /// suspension would not carry it by itself.
    /// </summary>
    public bool KeepsOut(Candidate candidate, CaseTable table, LearnerOptions options)
    {
        var remedy = table.Remedies[candidate.Remedy];
        if (remedy.Effect != Rule.Effect || !string.Equals(remedy.Label, Rule.Action, StringComparison.Ordinal) || remedy.Args != Rule.Args) return false;
        var (rows, shared, fixes, breaks) = (0, 0, 0, 0);
        foreach (var row in Bits.Members(candidate.Cover))
        {
            rows++;
            var (decision, ruling) = table.Cases[row];
            if (!BruteForce.Holds(Rule.When, new(decision.Context, decision.Proposed, decision.Confidence, decision.OccurredAt))) continue;
            shared++;
            if (ruling.At <= Since) continue;
            if (table.Remedy[row] == candidate.Remedy) fixes++;
            else if (table.Remedy[row] < 0) breaks++;
        }
        return 2 * shared >= rows && !(fixes >= options.MinFixes && fixes >= options.HarmCost * breaks);
    }

    /// <summary>Whether a remembered correction is this one again, with no newer word on its case.</summary>
    public bool KeepsOut(Rule exact) => string.Equals(exact.Id, Rule.Id, StringComparison.Ordinal) && exact.EvidenceThrough <= Since;
}
