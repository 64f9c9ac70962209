using Emend.Logic;
using Emend.Logic.Evaluation;

namespace Emend.Client;

/// <summary>Which side of a release a decision was on.</summary>
public enum Arm : byte
{
    /// <summary>Served what everybody is served.</summary>
    Stable,
    /// <summary>Served the candidate.</summary>
    Canary,
    /// <summary>Served what everybody is served, the candidate computed beside it without effect.</summary>
    Shadow,
    /// <summary>Nothing learned is served, for good: what it is all worth is measured against these. Guardrails hold.</summary>
    Holdback,
}

/// <summary>Why no bundle decided.</summary>
public enum Fallback : byte
{
    /// <summary>One did.</summary>
    None,
    /// <summary>Nothing was released for this agent, or nothing verified has arrived yet: the agent's proposal stands.</summary>
    NoBundle,
    /// <summary>The kill switch is on: the agent's proposal stands.</summary>
    Killed,
    /// <summary>The newest manifest is older than <see cref="EmendClientOptions.StopActingAfter"/>.</summary>
    TooOld,
    /// <summary>Something broke while deciding; it was counted and logged.</summary>
    Fault,
}

/// <summary>What to do, and why.</summary>
public readonly record struct DecisionResult
{
    /// <summary>Name of the decision, for corrections and outcomes.</summary>
    public DecisionId Id { get; init; }

    /// <summary>What to do: the proposal, or what a rule made of it. Null: do nothing (<see cref="Disposition.Block"/>) or ask a person (<see cref="Disposition.Escalate"/>).</summary>
    public AgentAction? Action { get; init; }

    /// <summary>What became of the proposal.</summary>
    public Disposition Disposition { get; init; }

    /// <summary>Which part of the logic decided.</summary>
    public Cause Cause { get; init; }

    /// <summary>Id of the rule or guardrail that decided; null when none did.</summary>
    public string? Rule { get; init; }

    /// <summary>Digest of the bundle that decided; null: the agent alone.</summary>
    public string? Bundle { get; init; }

    /// <summary>Which side of a release it was on.</summary>
    public Arm Arm { get; init; }

    /// <summary>The release under way; null when there was none.</summary>
    public string? Release { get; init; }

    /// <summary>Why no bundle decided; <see cref="Fallback.None"/> when one did.</summary>
    public Fallback Fallback { get; init; }

    /// <summary>In the shadow: whether the candidate would have done something else.</summary>
    public bool ShadowDiffers { get; init; }

    /// <summary>Whether something else is to be done than was proposed.</summary>
    public bool IsChanged => Disposition != Disposition.Keep;

    /// <summary>The candidate's share at that moment, in basis points.</summary>
    internal int ShareBp { get; init; }
}
