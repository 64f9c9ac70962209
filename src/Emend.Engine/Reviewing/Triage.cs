using Emend.Engine.Normalizing;

namespace Emend.Engine.Reviewing;

/// <summary>Who decides whether a correction becomes truth.</summary>
internal enum Lane : byte
{
    /// <summary>Policy accepts it.</summary>
    Fast,
    /// <summary>A person rules.</summary>
    Review,
    /// <summary>Somebody with authority rules: a submitter asked for it.</summary>
    Escalated,
}

/// <summary>Decides the lane of a decision's corrections by the agent's change envelope. Pure.</summary>
internal static class Triage
{
    /// <summary>The lane, and the clause that put it there. The clause names labels and limits, never people or texts.</summary>
    /// <param name="agent">The agent: its envelope, catalogue and risk classes.</param>
    /// <param name="decision">What was decided.</param>
    /// <param name="stances">What each submitter says in the end, one each; at least one.</param>
    public static (Lane Lane, string Why) LaneOf(AgentDefinition agent, DecisionFacts decision, IReadOnlyList<Stance> stances)
    {
        if (stances.Any(static s => s.Verdict == CorrectionVerdict.Escalate)) return (Lane.Escalated, "a submitter asks for somebody with authority");
        var stance = stances[0];
        if (stances.Any(s => s != stance)) return (Lane.Review, $"{stances.Count} submitters disagree");
        if (stance.Verdict == CorrectionVerdict.Confirm) return (Lane.Fast, "a confirmation changes nothing");

        if (agent.OutsideEnvelope(decision.TaskType, stance.Action?.Label, decision.Proposed.Label) is { } why) return (Lane.Review, why);
        return (Lane.Fast, stance.Action is { } action ? $"action '{action.Label}' inside the envelope, risk {AgentDefinition.Name(agent.RiskOf(action.Label))}" : "rejection inside the envelope");
    }
}
