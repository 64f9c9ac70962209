using Emend.Logic.Guardrails;
using Emend.Logic.Rules;
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
        if (input.Candidate.Guardrails.IsEmpty) return new(Id, Title, 0, 0, GateVerdict.NotApplicable, "the agent has no guardrails");

        var (always, may) = InPrinciple(input);
        if (always.Count > 0)
            return new(Id, Title, always.Count, 0, GateVerdict.Block, $"{Count(always.Count, "rule")} would run into a guardrail every time: {List(always)}");
        return may.Count > 0
            ? new(Id, Title, 0, 0, GateVerdict.Warn, $"no rule runs into a guardrail on the history, but {Count(may.Count, "new rule")} could: {List(may)}")
            : new(Id, Title, 0, 0, GateVerdict.Pass, $"no rule runs into any of {Count(input.Candidate.Guardrails.Length, "guardrail")} on the history, nor could any new one");
    }

    // History shows what happened; the static check what could happen in any context. Rules that were there before are known.
    private static (List<string> Always, List<string> May) InPrinciple(GateInput input)
    {
        var (always, may) = (new List<string>(), new List<string>());
        foreach (var rule in input.Change.Added)
        {
            // The one case it acts on stands in the history: what was not seen there cannot happen.
            if (rule.Origin == RuleOrigin.Exact) continue;
            var worst = input.Candidate.Guardrails.Max(guardrail => GuardrailCheck.Of(rule, guardrail));
            if (worst == GuardrailContact.Always) always.Add(rule.Id);
            else if (worst == GuardrailContact.May) may.Add(rule.Id);
        }
        return (always, may);
    }
}
