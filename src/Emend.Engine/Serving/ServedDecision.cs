using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Serving;

/// <summary>Which side of a release a decision was on.</summary>
internal enum Arm : byte
{
    /// <summary>Served what everybody is served.</summary>
    Stable,
    /// <summary>Served the candidate.</summary>
    Canary,
    /// <summary>Served what everybody is served, the candidate computed beside it.</summary>
    Shadow,
    /// <summary>Nothing learned is served, for good: what it is all worth is measured against these. Guardrails hold.</summary>
    Holdback,
}

/// <summary>What was done with one decision, and why: where lineage starts.</summary>
internal sealed record ServedDecision
{
    public required Decision Decision { get; init; }
    /// <summary>What was done; null when nothing was done or a person is asked.</summary>
    public required AgentAction? Final { get; init; }
    public required Verdict Verdict { get; init; }
    /// <summary>Digest of the bundle that decided; null: the agent alone.</summary>
    public string? Bundle { get; init; }
    /// <summary>Id of the guardrail or rule that decided; null when none did.</summary>
    public string? RuleId { get; init; }
    public Arm Arm { get; init; }
    /// <summary>The release under way; null when there was none.</summary>
    public string? Release { get; init; }
    /// <summary>The candidate's share of traffic at that moment.</summary>
    public int ShareBp { get; init; }
    /// <summary>Probability with which it was recorded at all; below 1 for clients that sample.</summary>
    public double Inclusion { get; init; } = 1;
    /// <summary>When, microseconds since 1970 UTC; null: when it is recorded.</summary>
    public long? ServedAt { get; init; }
    /// <summary>In the shadow: whether the candidate would have done something else.</summary>
    public bool ShadowDiffers { get; init; }

    /// <summary>Whether something else was done than the agent proposed.</summary>
    public bool IsChanged => !Evaluating.Replay.ReplayCase.Same(Decision.Proposed, Final);

    /// <summary>Whom a decision belongs to: its subject, else its case, else itself. One unit always falls on the same side.</summary>
    public static string UnitOf(Decision decision) => decision.Subject ?? decision.CorrelationId ?? decision.Id;
}
