namespace Emend.Logic.Evaluation;

/// <summary>What is to be done with a proposal.</summary>
public enum Disposition : byte
{
    /// <summary>The agent's proposal stands.</summary>
    Keep,
    /// <summary>Another action is done.</summary>
    Override,
    /// <summary>The proposed action is done with other arguments.</summary>
    Patch,
    /// <summary>Nothing is done.</summary>
    Block,
    /// <summary>A person is asked.</summary>
    Escalate,
}

/// <summary>Which part of the logic decided.</summary>
public enum Cause : byte
{
    /// <summary>None: the proposal stands because nothing applies.</summary>
    None,
    /// <summary>The kill switch is on, or there is no valid bundle.</summary>
    KillSwitch,
    /// <summary>A guardrail.</summary>
    Guardrail,
    /// <summary>A rule.</summary>
    Rule,
    /// <summary>The corrector.</summary>
    Corrector,
}

/// <summary>Result of one evaluation: 16 bytes, no references; ask the <see cref="Evaluator"/> for the names behind the numbers.</summary>
/// <param name="Disposition">What is to be done.</param>
/// <param name="Cause">Which part decided.</param>
/// <param name="Index">Index of the guardrail or rule that decided, in the bundle's order, or of the corrector's answer; -1 for none.</param>
/// <param name="RuleIndex">Where a guardrail stopped a changed action: index of the rule that had changed it; -1 otherwise.</param>
public readonly record struct Verdict(Disposition Disposition, Cause Cause, int Index, int RuleIndex)
{
    /// <summary>The proposal stands and nothing applies.</summary>
    public static Verdict Stands { get; } = new(Disposition.Keep, Cause.None, -1, -1);
}
