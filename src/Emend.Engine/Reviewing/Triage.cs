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

        var envelope = agent.Envelope;
        if (!envelope.IsOpen) return (Lane.Review, "the agent's change envelope is closed");
        if (!envelope.TaskTypes.IsEmpty && (decision.TaskType is null || !envelope.TaskTypes.Contains(decision.TaskType, StringComparer.Ordinal)))
            return (Lane.Review, $"task type {Quoted(decision.TaskType)} is outside the envelope");

        // A rejection leads to no action; what it takes away is the proposed one.
        var label = stance.Action?.Label ?? decision.Proposed.Label;
        if (stance.Action is { } action)
        {
            if (!agent.Knows(action.Label)) return (Lane.Review, $"action '{action.Label}' is not in the agent's catalogue");
            if (!envelope.Actions.IsEmpty && !envelope.Actions.Contains(action.Label, StringComparer.Ordinal))
                return (Lane.Review, $"action '{action.Label}' is outside the envelope");
        }
        var risk = agent.RiskOf(label);
        if (risk > envelope.MaxRisk) return (Lane.Review, $"action '{label}' has risk {Name(risk)}, the envelope allows {Name(envelope.MaxRisk)}");
        return (Lane.Fast, stance.Action is null ? "rejection inside the envelope" : $"action '{label}' inside the envelope, risk {Name(risk)}");
    }

    private static string Quoted(string? name) => name is null ? "(none)" : $"'{name}'";

    private static string Name(RiskClass risk) => risk switch
    {
        RiskClass.Low => "low",
        RiskClass.Medium => "medium",
        _ => "high",
    };
}
