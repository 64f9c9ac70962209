using System.Collections.Immutable;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Evaluating.Replay;

/// <summary>Two agents that decided the same cases, e.g. two prompts: their logs, paired by correlation id, in the shape of a replay.</summary>
internal static class CompareAgents
{
    /// <summary>Pairs the logs and counts what the second agent fixes and breaks against the first.</summary>
    /// <param name="before">The agent in production.</param>
    /// <param name="after">The agent that would replace it.</param>
    /// <param name="truthOf">The right action of a decision of <paramref name="before"/>, by its id; null where not known.</param>
    /// <param name="examples">Example decision ids kept of each kind.</param>
    /// <exception cref="InvalidDataException">A correlation id is missing or stands twice in one log.</exception>
    public static ReplayResult Run(IEnumerable<Decision> before, IEnumerable<Decision> after, Func<string, AgentAction?> truthOf, int examples = 20)
    {
        var twins = new Dictionary<string, Decision>(StringComparer.Ordinal);
        foreach (var decision in after)
            if (!twins.TryAdd(CaseOf(decision), decision)) throw new InvalidDataException($"two decisions of {decision.Agent} have the correlation id '{decision.CorrelationId}'; logs can be paired only where it names one case");

        var tally = new ReplayTally(0, 0, examples);
        foreach (var decision in before)
        {
            if (!twins.Remove(CaseOf(decision), out var twin)) continue;
            var known = truthOf(decision.Id) is { } truth ? ReplayCase.Revealed(decision, truth) : ReplayCase.Unjudged(decision);
            tally.Add(known, decision.Proposed, Verdict.Stands, twin.Proposed, Verdict.Stands);
        }
        return new(tally, candidate: null);
    }

    /// <summary>What the gates say that can judge an agent without knowing how it was made: gain, harm, blast radius.</summary>
    public static ImmutableArray<GateResult> Judge(ReplayResult compared, AgentDefinition agent, GatePolicy policy)
    {
        var input = new GateInput
        {
            Agent = agent,
            Candidate = new() { Agent = agent.Id },
            Change = new([], []),
            Policy = policy,
            History = compared,
            Reproduction = new("", null, "", null),
        };
        return [GainGate.Judge(input), HarmGate.Judge(input), BlastRadiusGate.Judge(input)];
    }

    private static string CaseOf(Decision decision) =>
        decision.CorrelationId ?? throw new InvalidDataException($"decision '{decision.Id}' has no correlation id; logs of two agents are paired by it");
}
