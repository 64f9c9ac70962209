using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Logic;
using Emend.Logic.Corrector;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Serving;

/// <summary>A bundle as it acts: compiled, without what is suspended of it.</summary>
/// <param name="Digest">What it is named by.</param>
/// <param name="Policy">What it does.</param>
internal sealed record ActingBundle(string Digest, CompiledPolicy Policy);

/// <summary>
/// What an agent is served at one moment: the board and the compiled bundles of both arms. Immutable; a new board means a new plan,
/// and switching is replacing one reference.
/// </summary>
internal sealed class ServingPlan(AgentBoard board, ActingBundle? stable, ActingBundle? candidate, ActingBundle? guardrails = null)
{
    /// <summary>What it was made from.</summary>
    public AgentBoard Board => board;

    /// <summary>Decides one decision. Pure.</summary>
    public ServedDecision Decide(Decision decision)
    {
        if (board.IsKilled)
            return new() { Decision = decision, Final = decision.Proposed, Verdict = Verdict.Stands with { Cause = Cause.KillSwitch } };

        var arm = ArmOf(decision);
        var acting = arm switch
        {
            Arm.Canary => candidate,
            Arm.Holdback => guardrails,
            _ => stable,
        };
        var verdict = Verdict.Stands;
        var final = acting is null ? decision.Proposed : acting.Policy.Decide(decision, out verdict);
        return new()
        {
            Decision = decision,
            Final = final,
            Verdict = verdict,
            Bundle = acting?.Digest,
            RuleId = NameOf(acting?.Policy.Bundle, verdict),
            Arm = arm,
            Release = board.Current?.Id,
            ShareBp = board.Current?.Share.BasisPoints ?? 0,
            ShadowDiffers = arm == Arm.Shadow && !ReplayCase.Same(final, candidate!.Policy.Decide(decision, out _)),
        };
    }

    private Arm ArmOf(Decision decision)
    {
        if (board.HoldbackBp > 0 && Assignment.IsIn(ReleaseManifest.HoldbackSalt(board.Agent), ServedDecision.UnitOf(decision), board.HoldbackBp)) return Arm.Holdback;
        if (board.Current is not { } release || candidate is null) return Arm.Stable;
        if (release.Share == TrafficShare.Shadow) return Arm.Shadow;
        return Assignment.IsIn(release.Salt, ServedDecision.UnitOf(decision), release.Share.BasisPoints) ? Arm.Canary : Arm.Stable;
    }

    // A guardrail that stopped what a rule had changed names itself; the rule stands in the verdict.
    private static string? NameOf(Bundle? bundle, in Verdict verdict) => verdict.Cause switch
    {
        Cause.Rule => bundle?.Rules[verdict.Index].Id,
        Cause.Guardrail => bundle?.Guardrails[verdict.Index].Id,
        Cause.Corrector => CorrectorModel.Id,
        _ => null,
    };
}
