using System.Collections.Immutable;
using System.Text.Json;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Logic.Guardrails;

/// <summary>Whether what a rule does can run into a guardrail.</summary>
public enum GuardrailContact : byte
{
    /// <summary>Proven: whenever the rule holds, the guardrail does not stop what it does.</summary>
    Never,
    /// <summary>It may happen, or could not be excluded.</summary>
    May,
    /// <summary>Proven: whenever the rule holds, the guardrail stops what it does. The rule is of no use.</summary>
    Always,
}

/// <summary>One rule against one guardrail.</summary>
/// <param name="RuleIndex">The rule, in the bundle's order.</param>
/// <param name="GuardrailIndex">The guardrail, in the bundle's order.</param>
/// <param name="Contact">What can happen.</param>
public readonly record struct GuardrailFinding(int RuleIndex, int GuardrailIndex, GuardrailContact Contact);

/// <summary>
/// Checks a bundle against its guardrails without running it: can the action a rule changes to be one that a guardrail stops,
/// in any context there could ever be?
/// </summary>
public static class GuardrailCheck
{
    /// <summary>One finding for each pair of a rule that changes the action and a guardrail, in the bundle's order.</summary>
    public static IEnumerable<GuardrailFinding> Of(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        for (var r = 0; r < bundle.Rules.Length; r++)
        {
            if (bundle.Rules[r].Effect is not (RuleEffect.Override or RuleEffect.Patch)) continue;
            for (var g = 0; g < bundle.Guardrails.Length; g++) yield return new(r, g, Of(bundle.Rules[r], bundle.Guardrails[g]));
        }
    }

    /// <summary>What can happen between one rule and one guardrail.</summary>
    public static GuardrailContact Of(Rule rule, Guardrail guardrail)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(guardrail);
        if (rule.Effect is not (RuleEffect.Override or RuleEffect.Patch)) return GuardrailContact.Never;
        if (ConditionRelation.NeverHolds(rule.When)) return GuardrailContact.Never;
        // After the change: what the guardrail says of the action is decided by the rule, the rest by the context both see.
        // An argument whose fate cannot be told stands for true where that keeps the proof from succeeding.
        if (ConditionRelation.NeverHolds(rule.When, After(guardrail.When, rule, unsure: true))) return GuardrailContact.Never;
        return ConditionRelation.NeverHolds(rule.When, new Not(After(guardrail.When, rule, unsure: false))) ? GuardrailContact.Always : GuardrailContact.May;
    }

    private static Condition After(Condition condition, Rule rule, bool unsure)
    {
        switch (condition)
        {
            case All all: return new All([.. all.Terms.Select(t => After(t, rule, unsure))]);
            case Any any: return new Any([.. any.Terms.Select(t => After(t, rule, unsure))]);
            case Not not: return new Not(After(not.Term, rule, !unsure));
            case Predicate { Operand.Kind: OperandKind.ProposedAction } p when rule.Effect == RuleEffect.Override:
                return Constant(BruteForce.Holds(p, new(Context.Empty, new AgentAction(rule.Action ?? ""), null, 0)));
            case Predicate { Operand.Kind: OperandKind.ProposedArgument } p when rule.Effect == RuleEffect.Override:
                return Constant(BruteForce.Holds(p, new(Context.Empty, new AgentAction("", rule.Args), null, 0)));
            case Predicate { Operand.Kind: OperandKind.ProposedArgument } p:
                return Patched(p, rule.Args, unsure);
            default:
                return condition;
        }
    }

    // Where the patch has the path, the patched value is the patch's own; where it has no part of it, the proposed one stays.
    private static Condition Patched(Predicate p, ActionArgs patch, bool unsure)
    {
        using var document = JsonDocument.Parse(patch.Json);
        var at = document.RootElement;
        var isFirst = true;
        foreach (var step in p.Operand.Name.Split('.'))
        {
            if (at.ValueKind != JsonValueKind.Object) break;
            if (!at.TryGetProperty(step, out var member)) return isFirst ? p : Constant(unsure); // merged below an object: either
            (at, isFirst) = (member, false);
        }
        // Null removes; everything else, laid over nothing, is what the patch brings.
        return Constant(BruteForce.Holds(p, new(Context.Empty, new AgentAction("", ActionArgs.None.Patch(patch)), null, 0)));
    }

    private static Condition Constant(bool value) => value ? Condition.Always : new Any(ImmutableArray<Condition>.Empty);
}
