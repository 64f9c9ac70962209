using Emend.Logic;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning.Rules;

/// <summary>What a ruling says should have been done instead: another action, other arguments, or (nothing better is known) a person asked.</summary>
/// <param name="Effect">Override, patch or escalate.</param>
/// <param name="Label">Label to do; null for patch and escalate.</param>
/// <param name="Args">Arguments of the new action, or the merge patch.</param>
internal sealed record Remedy(RuleEffect Effect, string? Label, ActionArgs Args)
{
    /// <summary>Ask a person: the proposal was rejected without a better one.</summary>
    public static Remedy Ask { get; } = new(RuleEffect.Escalate, null, ActionArgs.None);

    /// <summary>The remedy of one reviewed case; null when its proposal was right.</summary>
    public static Remedy? Of(LearningCase reviewed)
    {
        var (proposed, ruling) = (reviewed.Decision.Proposed, reviewed.Ruling);
        if (!ruling.IsWrong) return null;
        if (ruling.Truth is not { } truth) return Ask;
        return string.Equals(truth.Label, proposed.Label, StringComparison.Ordinal)
            ? new(RuleEffect.Patch, null, ArgumentDifference.Between(proposed.Args, truth.Args))
            : new(RuleEffect.Override, truth.Label, truth.Args);
    }

    /// <summary>Names the remedy in rules and reports, and sorts remedies.</summary>
    public override string ToString() => Effect switch
    {
        RuleEffect.Override => new AgentAction(Label!, Args).ToString(),
        RuleEffect.Patch => "with " + Args.Json,
        _ => "ask a person",
    };
}
