using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Logic;
using Emend.Logic.Corrector;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Serving;

/// <summary>
/// What an agent is served at one moment: the board and the compiled bundles of both arms. Immutable; a new board means a new plan,
/// and switching is replacing one reference.
/// </summary>
internal sealed class ServingPlan(AgentBoard board, CompiledPolicy? stable, CompiledPolicy? candidate, CompiledPolicy? guardrails = null)
{
    /// <summary>What it was made from.</summary>
    public AgentBoard Board => board;

    /// <summary>Decides one decision. Pure.</summary>
    public ServedDecision Decide(Decision decision)
    {
        if (board.IsKilled)
            return new() { Decision = decision, Final = decision.Proposed, Verdict = Verdict.Stands with { Cause = Cause.KillSwitch } };

        var arm = ArmOf(decision);
        var (policy, digest) = arm switch
        {
            Arm.Canary => (candidate, board.Current?.Candidate),
            Arm.Holdback => (guardrails, guardrails is null ? null : board.Served),
            _ => (stable, board.Served),
        };
        var verdict = Verdict.Stands;
        var final = policy is null ? decision.Proposed : policy.Decide(decision, out verdict);
        return new()
        {
            Decision = decision,
            Final = final,
            Verdict = verdict,
            Bundle = digest,
            RuleId = NameOf(policy?.Bundle, verdict),
            Arm = arm,
            Release = board.Current?.Id,
            ShareBp = board.Current?.Share.BasisPoints ?? 0,
            ShadowDiffers = arm == Arm.Shadow && !ReplayCase.Same(final, candidate!.Decide(decision, out _)),
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
