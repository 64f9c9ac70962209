using Emend.Logic.Conditions;
using Emend.Logic.Corrector;
using Emend.Logic.Guardrails;
using Emend.Logic.Rules;

namespace Emend.Logic.Evaluation;

/// <summary>
/// The order of evaluation in its plainest form: every rule tried in turn, every condition walked. The oracle the compiled
/// <see cref="Evaluator"/> is tested against, and the right tool for a single question where compiling is not worth it.
/// </summary>
public static class BruteForce
{
    /// <summary>Evaluates <paramref name="input"/>; guardrails first, then the first rule that holds, else the corrector, then guardrails on what was changed.</summary>
    public static Verdict Decide(Bundle bundle, in DecisionInput input)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        if (Guard(bundle, input, input.Proposed) is { } stopped) return stopped;
        for (var i = 0; i < bundle.Rules.Length; i++)
        {
            var rule = bundle.Rules[i];
            if (rule.ExpiresAt is { } end && input.At > end || !Holds(rule.When, input)) continue;
            var changed = input with { Proposed = Apply(rule, input.Proposed) };
            if (rule.Effect is RuleEffect.Override or RuleEffect.Patch && Guard(bundle, changed, input.Proposed) is { } guarded) return guarded with { RuleIndex = i };
            return new((Disposition)rule.Effect, Cause.Rule, i, -1);
        }
        if (bundle.Corrector is not { } json) return Verdict.Stands;
        var corrector = CorrectorScorer.Compile(CorrectorJson.Read(json));
        var answer = corrector.Decide(input);
        if (answer < 0) return Verdict.Stands;
        return Guard(bundle, input with { Proposed = corrector.Actions[answer] }, input.Proposed) is { } late ? late : new(Disposition.Override, Cause.Corrector, answer, -1);
    }

    /// <summary>The action a rule makes of a proposal; the proposal itself for keep, block and escalate.</summary>
    public static AgentAction Apply(Rule rule, AgentAction proposed)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(proposed);
        return rule.Effect switch
        {
            RuleEffect.Override => new(rule.Action!, rule.Args),
            RuleEffect.Patch => proposed with { Args = proposed.Args.Patch(rule.Args) },
            _ => proposed,
        };
    }

    /// <summary>Whether a condition holds.</summary>
    public static bool Holds(Condition condition, in DecisionInput input) => Holds(condition, input, input.Proposed);

    /// <summary>Whether a condition holds of an action that a rule made of a proposal.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="input">The case, with the action as it is now.</param>
    /// <param name="original">The action as the agent proposed it: what the case is known by.</param>
    internal static bool Holds(Condition condition, in DecisionInput input, AgentAction original)
    {
        switch (condition)
        {
            case All all:
                foreach (var term in all.Terms) if (!Holds(term, input, original)) return false;
                return true;
            case Any any:
                foreach (var term in any.Terms) if (Holds(term, input, original)) return true;
                return false;
            case Not not:
                return !Holds(not.Term, input, original);
            case Predicate { Operand.Kind: OperandKind.Text } words:
                return OnText(words, input.Context.Text);
            case Predicate predicate:
                return Holds(predicate, Value(predicate.Operand, input, original));
            default:
                throw new ArgumentException($"unknown condition {condition?.GetType().Name}", nameof(condition));
        }
    }

    private static Verdict? Guard(Bundle bundle, in DecisionInput input, AgentAction original)
    {
        Verdict? found = null;
        for (var i = 0; i < bundle.Guardrails.Length; i++)
        {
            var guardrail = bundle.Guardrails[i];
            if (!Holds(guardrail.When, input, original)) continue;
            if (guardrail.Effect == GuardrailEffect.Block) return new(Disposition.Block, Cause.Guardrail, i, -1);
            found ??= new(Disposition.Escalate, Cause.Guardrail, i, -1);
        }
        return found;
    }

    internal static FeatureValue Value(Operand operand, in DecisionInput input, AgentAction original) => operand.Kind switch
    {
        OperandKind.Feature => input.Context[operand.Name],
        OperandKind.ProposedAction => FeatureValue.Of(input.Proposed.Label),
        OperandKind.ProposedArgument => input.Proposed.Args[operand.Name],
        OperandKind.Confidence => input.Confidence is { } c ? FeatureValue.Of(c) : FeatureValue.Missing,
        OperandKind.TaskType => FeatureValue.Of(input.Context.TaskType),
        OperandKind.Case => FeatureValue.Of(CaseFingerprint.Of(input.Context, original, operand.Name)),
        _ => FeatureValue.Missing,
    };

    // Total: a malformed predicate (wrong number or kind of values, which validation reports) never holds.
    private static bool Holds(Predicate p, FeatureValue value)
    {
        switch (p.Comparison)
        {
            case Comparison.Exists: return value.Kind != FeatureKind.Missing;
            case Comparison.Missing: return value.Kind == FeatureKind.Missing;
        }
        if (p.Values.IsDefaultOrEmpty) return false;
        var first = p.Values[0];
        if (p.Comparison == Comparison.Contains)
            return first.Kind == FeatureKind.String && value.Kind == FeatureKind.StringSet && value.AsSet.BinarySearch(first.AsString, StringComparer.Ordinal) >= 0;
        if (value.Kind == FeatureKind.Missing || value.Kind != first.Kind) return false;
        return p.Comparison switch
        {
            Comparison.Eq or Comparison.In => p.Values.Contains(value),
            Comparison.Ne or Comparison.NotIn => !p.Values.Contains(value),
            Comparison.Lt => value.Order(first) < 0,
            Comparison.Le => value.Order(first) <= 0,
            Comparison.Gt => value.Order(first) > 0,
            Comparison.Ge => value.Order(first) >= 0,
            Comparison.Between => p.Values.Length == 2 && value.Order(first) >= 0 && value.Order(p.Values[1]) <= 0,
            _ => false,
        };
    }

    private static bool OnText(Predicate p, string? text) => p.Comparison switch
    {
        Comparison.Exists => text is not null,
        Comparison.Missing => text is null,
        Comparison.Contains => !p.Values.IsDefaultOrEmpty
            && TextTokens.Of(p.Values[0].AsString) is { IsEmpty: false } phrase && TextTokens.Of(text).AsSpan().IndexOf(phrase.AsSpan()) >= 0,
        _ => false,
    };
}
