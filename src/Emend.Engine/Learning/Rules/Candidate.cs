using System.Collections.Immutable;

namespace Emend.Engine.Learning.Rules;

/// <summary>What a condition does on reviewed cases.</summary>
/// <param name="Fixes">Proposal wrong, rule right.</param>
/// <param name="Breaks">Proposal right: the rule would have spoiled it.</param>
/// <param name="Rows">All cases it acts on; the rest is wrong either way.</param>
/// <param name="Witnesses">Cases its condition holds on but where it does not act: they tell what the condition means.</param>
/// <param name="WitnessesFor">Of them, those where the remedy is the truth.</param>
internal readonly record struct Tally(int Fixes, int Breaks, int Rows, int Witnesses = 0, int WitnessesFor = 0)
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
    /// <summary>Fixes it must show to act.</summary>
    public required int MinFixes { get; init; }
    /// <summary>Share of the cases in scope that the remedy fixes.</summary>
    public required double Share { get; init; }
    /// <summary>Expected effect of its next firing.</summary>
    public required Promise Promise { get; init; }
    /// <summary>The proposal has never been right: nothing can be broken.</summary>
    public required bool IsOfDeadProposal { get; init; }
    /// <summary>Rows of the table it holds on.</summary>
    public required ulong[] Cover { get; init; }

    /// <summary>Probability that a proposal covered is right, from the agent's confidence alone: what <see cref="Promise"/> was counted at.</summary>
    public double RightByConfidence { get; init; } = 0.5;

    /// <summary>
    /// Score of one firing: the rule's, moved by how much surer or less sure the agent is than where the rule was learned (odds are
    /// multiplied, as evidence of two independent witnesses is).
    /// </summary>
    public double ScoreAt(double right) => Logistic(LogOdds(Promise.Score) + LogOdds(RightByConfidence) - LogOdds(right));

    /// <summary>Largest probability of a right proposal at which a firing still reaches a score.</summary>
    public double RightWhere(double score) => Logistic(LogOdds(Promise.Score) + LogOdds(RightByConfidence) - LogOdds(score));

    private static double LogOdds(double chance) => Math.Log(Math.Clamp(chance, 1e-4, 1 - 1e-4) / (1 - Math.Clamp(chance, 1e-4, 1 - 1e-4)));

    private static double Logistic(double odds) => 1 / (1 + Math.Exp(-odds));

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

    // Each condition was chosen among many: it costs this many pseudo-cases.
    private const double CasesPerTerm = 2;

    /// <summary>
    /// Shrinks what was counted towards what is known of the whole: fixes towards the share of cases like this in which the remedy is the
    /// truth (with those where the agent proposed it itself), breaks towards the rate of right proposals.
    /// </summary>
    /// <param name="tally">What was counted.</param>
    /// <param name="terms">Number of conditions.</param>
    /// <param name="share">Share of fixes among all cases in scope.</param>
    /// <param name="right">Probability that a proposal covered is right.</param>
    public static Promise Of(Tally tally, int terms, double share, double right)
    {
        var weight = CasesPerTerm * Math.Max(1, terms);
        var meant = (tally.Fixes + tally.WitnessesFor + weight * share) / (tally.Rows + tally.Witnesses + weight);
        var spoiled = tally.Witnesses > 0 ? (1 - meant) * right : right;
        return new((tally.Fixes + weight * (tally.Witnesses > 0 ? meant : share)) / (tally.Rows + weight), (tally.Breaks + weight * spoiled) / (tally.Rows + weight));
    }

    /// <summary>The same where the proposal has never been right: its rate is all that is known of breaks, and the remedy only has to be likely.</summary>
    public static Promise OfDead(Tally tally, int terms, double share, double right)
    {
        var weight = Math.Max(1, terms);
        return new((1 - right) * (tally.Fixes + weight * share) / (tally.Rows + weight), right);
    }
}
