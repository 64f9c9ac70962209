using Emend.Logic.Conditions;

namespace Emend.Logic.Guardrails;

/// <summary>What a guardrail does when its condition holds.</summary>
public enum GuardrailEffect : byte
{
    /// <summary>Do nothing.</summary>
    Block,
    /// <summary>Ask a person.</summary>
    Escalate,
}

/// <summary>An invariant no bundle may break: checked statically, on replay and at serving time, where it dominates everything else.</summary>
/// <remarks>
/// <see cref="Operand.ProposedAction"/> and <see cref="Operand.Argument"/> stand for the action about to be taken: a guardrail is
/// checked on the agent's proposal and, when a rule or the corrector changes it, on the changed action too.
/// Block dominates escalate; among equals the smallest id is named.
/// </remarks>
public sealed record Guardrail
{
    /// <summary>Id within the agent.</summary>
    public required string Id { get; init; }
    /// <summary>What must not happen unattended.</summary>
    public required Condition When { get; init; }
    /// <summary>What to do instead.</summary>
    public required GuardrailEffect Effect { get; init; }
    /// <summary>Why, for people.</summary>
    public string Because { get; init; } = "";
}
