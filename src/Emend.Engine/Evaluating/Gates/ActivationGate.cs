using static Emend.Engine.Evaluating.Gates.Figures;

namespace Emend.Engine.Evaluating.Gates;

/// <summary>
/// G7: before a mined rule acts widely, people who did not write its evidence look at what it would do. Of the first 30 drawn decisions it covers that were decided
/// after it was first proposed, 28 have to be right under it: a rule that is right in 80 % or less passes with at most 5 %.
/// </summary>
internal static class ActivationGate
{
    public const string Id = "G7";
    private const string Title = "activation audit";

    public static GateResult Judge(GateInput input)
    {
        if (input.Activation.Count == 0) return new(Id, Title, null, null, GateVerdict.NotApplicable, "no new generalised rule");
        var failed = input.Activation.Where(static one => one.IsFailed).ToList();
        if (failed.Count > 0)
        {
            return new(Id, Title, failed[0].Right, ActivationAudit.LeastRight, GateVerdict.Block,
                $"{Count(failed.Count, "new rule")} of {input.Activation.Count} failed: {string.Join("; ", failed.Take(3).Select(static one => $"{one.Rule} was right in {one.Right} of {one.Looked} drawn decisions"))}; of {ActivationAudit.Plan} at least {ActivationAudit.LeastRight} must be");
        }
        var open = input.Activation.Where(static one => !one.IsPassed).ToList();
        if (open.Count == 0) return new(Id, Title, input.Activation.Min(static one => one.Right), ActivationAudit.LeastRight, GateVerdict.Pass, $"each new rule was right in at least {ActivationAudit.LeastRight} of {ActivationAudit.Plan} drawn decisions");
        var what = $"{Count(open.Count, "new rule")} of {input.Activation.Count} not looked at enough: {string.Join("; ", open.Take(3).Select(static one => $"{one.Rule} in {one.Looked} of {ActivationAudit.Plan} drawn decisions"))}";
        return input.Agent.Audit.RequiresActivation
            ? new(Id, Title, open.Min(static one => one.Looked), ActivationAudit.Plan, GateVerdict.Block, what + "; the agent's audit asks for all of them first")
            : new(Id, Title, open.Min(static one => one.Looked), ActivationAudit.Plan, GateVerdict.Warn, what + "; let it act on a small share first");
    }
}
