using static Emend.Engine.Evaluating.Gates.Figures;

namespace Emend.Engine.Evaluating.Gates;

/// <summary>GR: the candidate never runs into a guardrail that the agent alone would not have run into.</summary>
internal static class GuardrailGate
{
    public const string Id = "GR";
    private const string Title = "guardrails";

    public static GateResult Judge(GateInput input)
    {
        var missing = input.Agent.Guardrails.Where(rail => !input.Candidate.Guardrails.Any(own => string.Equals(own.Id, rail.Id, StringComparison.Ordinal) && own.When.Equals(rail.When) && own.Effect == rail.Effect)).Select(static rail => rail.Id).ToArray();
        if (missing.Length > 0)
            return new(Id, Title, missing.Length, 0, GateVerdict.Block, $"the candidate lacks {Count(missing.Length, "guardrail")} of the agent: {List(missing)}; build it again");

        var hits = 0L;
        var where = new List<string>();
        for (var i = 0; i < input.History.Guardrails.Length; i++)
        {
            var counts = input.History.Guardrails[i];
            if (counts.NewHits == 0) continue;
            hits += counts.NewHits;
            where.Add($"{input.Candidate.Guardrails[i].Id} ({counts.NewHits})");
        }
        if (hits > 0)
            return new(Id, Title, hits, 0, GateVerdict.Block, $"{Count(hits, "decision")} would run into a guardrail because of a rule: {List(where)}; e.g. {List(input.History.GuardrailExamples)}");
        return input.Candidate.Guardrails.IsEmpty
            ? new(Id, Title, 0, 0, GateVerdict.NotApplicable, "the agent has no guardrails")
            : new(Id, Title, 0, 0, GateVerdict.Pass, $"no rule runs into any of {Count(input.Candidate.Guardrails.Length, "guardrail")} on the history");
    }
}
