using System.Globalization;
using Emend.Engine.Evaluating.Golden;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Evaluating.Statistics;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Evaluating.Gates;

/// <summary>What a gate says.</summary>
internal enum GateVerdict : byte
{
    /// <summary>Shown to hold.</summary>
    Pass,
    /// <summary>Does not apply to this candidate.</summary>
    NotApplicable,
    /// <summary>Holds, but somebody should look.</summary>
    Warn,
    /// <summary>Neither shown nor refuted. Not a pass: a person may accept it where the risk is low, nobody and nothing else.</summary>
    InsufficientEvidence,
    /// <summary>Refuted: nobody can approve this candidate.</summary>
    Block,
}

/// <summary>Why the candidate is being evaluated.</summary>
internal enum EvaluationPurpose : byte
{
    /// <summary>It should do better than the incumbent.</summary>
    Improve,
    /// <summary>It should do no worse: fewer rules, other words, the same behaviour.</summary>
    Maintain,
    /// <summary>Corrections were withdrawn: what is left is judged against the agent alone, not against what had to go.</summary>
    Withdraw,
}

/// <summary>One gate's answer.</summary>
/// <param name="Id">Stable id, e.g. <c>G3</c>.</param>
/// <param name="Title">What it asks, in a few words.</param>
/// <param name="Figure">What was measured; null where there is nothing to measure.</param>
/// <param name="Threshold">What it is held against.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Reason">One plain sentence.</param>
internal sealed record GateResult(string Id, string Title, double? Figure, double? Threshold, GateVerdict Verdict, string Reason);

/// <summary>Everything the gates look at.</summary>
internal sealed record GateInput
{
    public required AgentDefinition Agent { get; init; }
    public required Bundle Candidate { get; init; }
    public required GatePolicy Policy { get; init; }
    public EvaluationPurpose Purpose { get; init; }
    /// <summary>Nobody asked for this change: policy wants to release it by itself, inside the agent's envelope.</summary>
    public bool IsAutomatic { get; init; }
    /// <summary>The candidate over the whole history.</summary>
    public required ReplayResult History { get; init; }
    /// <summary>The learner on its own training cases, out of fold; null where there is nothing to rebuild (a bundle written by hand).</summary>
    public ReplayResult? OutOfFold { get; init; }
    public required Reproduction Reproduction { get; init; }
    public GoldenResult Golden { get; init; } = GoldenResult.Empty;
    /// <summary>Risk class of the change: decides the limits.</summary>
    public RiskClass Risk => Change.RiskFor(Agent);

    /// <summary>What sets the candidate apart from the incumbent.</summary>
    public required BundleChange Change { get; init; }

    /// <summary>What the candidate is compared with: the incumbent; for a withdrawal the agent alone.</summary>
    public EvidenceCounts Compared(ReplayResult result) => Purpose == EvaluationPurpose.Withdraw ? result.Agent : result.Incumbent;

    /// <summary>What decisions drawn at random say; null where none could be drawn, and for a withdrawal, which is compared with the agent alone.</summary>
    public AuditedGain? Audited
    {
        get
        {
            if (Purpose == EvaluationPurpose.Withdraw) return null;
            var counts = new AuditCounts();
            counts.Add(History.Audit);
            if (OutOfFold is not null) counts.Add(OutOfFold.Audit);
            return AuditedGain.Of(counts, Policy.Alpha);
        }
    }

    /// <summary>What was found of each new generalised rule on decisions drawn since it was first proposed.</summary>
    public IReadOnlyList<ActivationAudit> Activation { get; init; } = [];
    /// <summary>Logic of the agent that is suspended for doing harm.</summary>
    public IReadOnlyList<string> Suspended { get; init; } = [];
    /// <summary>What of the agent an alarm is open on.</summary>
    public IReadOnlyList<string> Alarms { get; init; } = [];

    /// <summary>
    /// Counts on cases the scored logic never saw. Where people otherwise report errors only and enough was drawn at random, with one probability: the drawn ones
    /// alone, in which breaks show as often as they happen.
    /// </summary>
    public PairCounts Independent => IsProvenByDraws
        ? History.Audit.Pairs + (OutOfFold?.Audit.Pairs ?? default)
        : Compared(History).Independent + (OutOfFold is null ? default : Compared(OutOfFold).Independent);

    /// <summary>Changed decisions nobody judged that have to be taken for breaks.</summary>
    public long Unseen => IsVolunteered && !IsProvenByDraws ? Compared(History).Total.Unjudged : 0;

    /// <summary>Whether decisions drawn at random are enough to judge by.</summary>
    public bool IsProvenByDraws => IsVolunteered && Audited is { IsUniform: true, Ess: >= AuditedGain.LeastEss };

    /// <summary>
    /// Whether people only reported errors: then a break of a right decision cannot show, and every changed decision nobody judged
    /// has to be taken for a break.
    /// </summary>
    public bool IsVolunteered => Policy.Selection switch
    {
        ReviewSelection.Random => false,
        ReviewSelection.Volunteered => true,
        // Drawn ones are asked about whether right or wrong: they do not make the others a sample.
        _ => (History.Agent.Independent + (OutOfFold?.Agent.Independent ?? default)).BaseRight == History.Audit.ProposalsRight + (OutOfFold?.Audit.ProposalsRight ?? 0),
    };
}

/// <summary>Whether building and replaying again gave the same.</summary>
/// <param name="CandidateDigest">Digest of the candidate's bytes.</param>
/// <param name="RebuiltDigest">Digest of what the learner builds now from the same cases; null where there is nothing to rebuild.</param>
/// <param name="ReplayDigest">Digest of the replay.</param>
/// <param name="SecondReplayDigest">Digest of the second replay, run with another number of workers; null where it was switched off.</param>
internal sealed record Reproduction(string CandidateDigest, string? RebuiltDigest, string ReplayDigest, string? SecondReplayDigest);

/// <summary>Figures in sentences.</summary>
internal static class Figures
{
    public static string Percent(double share) => (share * 100).ToString(share is > 0 and < 0.001 ? "0.###" : "0.#", CultureInfo.InvariantCulture) + " %";

    public static string Count(long count, string one, string? many = null) =>
        count == 1 ? "1 " + one : count.ToString("N0", CultureInfo.InvariantCulture) + " " + (many ?? one + "s");

    public static string P(double p) => p < 0.0001 ? "< 0.0001" : "= " + p.ToString("0.####", CultureInfo.InvariantCulture);

    public static string List(IEnumerable<string> ids) => string.Join(", ", ids.Take(5));
}
