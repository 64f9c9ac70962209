using System.Collections.Immutable;

namespace Emend.Engine.Learning.Rules;

/// <summary>What a condition does on reviewed cases.</summary>
/// <param name="Fixes">Proposal wrong, rule right.</param>
/// <param name="Breaks">Proposal right: the rule would have spoiled it.</param>
/// <param name="Rows">All cases it holds on; the rest is wrong either way.</param>
internal readonly record struct Tally(int Fixes, int Breaks, int Rows)
{
    /// <summary>Cases that are wrong with and without the rule.</summary>
    public int Wasted => Rows - Fixes - Breaks;
}

/// <summary>A rule that mining proposes; gates decide whether it may act.</summary>
internal sealed record Candidate
{
    /// <summary>Proposed label it is for; -1: every proposal but the remedy's own label.</summary>
    public required int Scope { get; init; }
    /// <summary>What it does, as a number of the table.</summary>
    public required int Remedy { get; init; }
    /// <summary>Conditions besides the scope, ordered by key.</summary>
    public required ImmutableArray<Term> Terms { get; init; }
    /// <summary>What it does on the cases it was mined from.</summary>
    public required Tally Tally { get; init; }
    /// <summary>Expected effect of its next firing.</summary>
    public required Promise Promise { get; init; }
    /// <summary>The proposal has never been right: nothing can be broken.</summary>
    public required bool IsOfDeadProposal { get; init; }
    /// <summary>Rows of the table it holds on.</summary>
    public required ulong[] Cover { get; init; }

    /// <summary>Text that orders candidates by content.</summary>
    public string Key(CaseTable table) =>
        $"{(Scope < 0 ? "*" : table.Labels[Scope])}>{table.Remedies[Remedy]}|{string.Join('&', Terms.Select(static t => t.Key))}";
}

/// <summary>What a rule's next firing is expected to do.</summary>
/// <param name="Fix">Probability that it repairs a wrong proposal.</param>
/// <param name="Break">Probability that it spoils a right one.</param>
internal readonly record struct Promise(double Fix, double Break)
{
    /// <summary>Expected share of fixes among the decisions whose rightness it changes.</summary>
    public double Score => Fix <= 0 ? 0 : Fix / (Fix + Break);

    /// <summary>
    /// Shrinks what was counted towards what is known of the whole: fixes towards the share of this remedy among all cases in
    /// scope, breaks towards the share of right proposals there. Each condition costs one pseudo-case, since it was chosen among many.
    /// </summary>
    /// <param name="tally">What was counted.</param>
    /// <param name="terms">Number of conditions.</param>
    /// <param name="share">Share of fixes among all cases in scope.</param>
    /// <param name="right">Probability that a proposal covered is right.</param>
    public static Promise Of(Tally tally, int terms, double share, double right)
    {
        var weight = Math.Max(1, terms);
        var fix = (tally.Fixes + weight * share) / (tally.Rows + weight);
        var rightIfNotFixed = (tally.Breaks + weight * right) / (tally.Rows - tally.Fixes + weight);
        return new(fix, (1 - fix) * rightIfNotFixed);
    }
}
