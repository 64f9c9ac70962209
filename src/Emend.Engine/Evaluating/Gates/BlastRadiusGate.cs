using static Emend.Engine.Evaluating.Gates.Figures;
using Emend.Engine.Normalizing;

namespace Emend.Engine.Evaluating.Gates;

/// <summary>G5: a release changes a bounded share of all decisions, and an automatic one no more a day than the agent's envelope allows.</summary>
internal static class BlastRadiusGate
{
    public const string Id = "G5";
    private const string Title = "blast radius";

    public static GateResult Judge(GateInput input)
    {
        var history = input.History;
        var total = history.Decisions;
        if (total == 0)
            return new(Id, Title, null, input.Policy.MaxChangedShare, GateVerdict.InsufficientEvidence, "there is no history to replay; import decisions first");
        var changed = history.Incumbent.Total.Changed;
        var share = (double)changed / total;
        var what = $"{Count(changed, "decision")} of {total:N0} would change ({Percent(share)})";

        if (input.IsAutomatic && history.MostChangedPerDay > input.Agent.Envelope.MaxDecisionsPerDay)
            return new(Id, Title, history.MostChangedPerDay, input.Agent.Envelope.MaxDecisionsPerDay, GateVerdict.Block, $"up to {history.MostChangedPerDay:N0} decisions a day would change; the agent's envelope lets {input.Agent.Envelope.MaxDecisionsPerDay:N0} change without a person");

        var risky = HighRiskChanges(input);
        if (risky > input.Policy.MaxChangedShareHighRisk * total)
            return new(Id, Title, (double)risky / total, input.Policy.MaxChangedShareHighRisk, GateVerdict.Block, $"{Count(risky, "decision")} of {total:N0} would change to or from an action of high risk");
        if (share > input.Policy.MaxChangedShare)
            return new(Id, Title, share, input.Policy.MaxChangedShare, GateVerdict.Block, what + "; release it in smaller parts");
        if (share > input.Policy.WarnChangedShare)
            return new(Id, Title, share, input.Policy.WarnChangedShare, GateVerdict.Warn, what + "; start with a small share of traffic");
        return new(Id, Title, share, input.Policy.MaxChangedShare, GateVerdict.Pass, what);
    }

    private static long HighRiskChanges(GateInput input)
    {
        var (to, from) = (0L, 0L);
        foreach (var (label, counts) in input.History.Final)
            if (label.Length > 0 && input.Agent.RiskOf(label) == RiskClass.High) to += counts.Changed;
        foreach (var (label, counts) in input.History.Proposed)
            if (input.Agent.RiskOf(label) == RiskClass.High) from += counts.Changed;
        // A change within the high-risk actions is in both counts; the larger is the least that is certain.
        return Math.Max(to, from);
    }
}
