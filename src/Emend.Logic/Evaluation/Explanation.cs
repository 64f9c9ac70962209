using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Emend.Logic.Conditions;
using Emend.Logic.Corrector;
using Emend.Logic.Rules;

namespace Emend.Logic.Evaluation;

/// <summary>One predicate of the condition that decided, against the value it met.</summary>
/// <param name="Text">The predicate, readable: <c>amount &gt; 500</c>.</param>
/// <param name="Actual">The value it looked at; missing when there was none, and for the words of the text, which an explanation does not repeat.</param>
/// <param name="Holds">Whether it held.</param>
public sealed record CheckedPredicate(string Text, FeatureValue Actual, bool Holds)
{
    /// <summary>What it looked at.</summary>
    public Operand Operand { get; init; }
}

/// <summary>Why a rule that held did not act.</summary>
public enum OutrankedBy : byte
{
    /// <summary>The acting rule has a higher priority.</summary>
    Priority,
    /// <summary>Same priority; the acting rule is more specific.</summary>
    Specificity,
    /// <summary>Equally specific; the acting rule stands on newer evidence.</summary>
    NewerEvidence,
    /// <summary>Equal in everything else; the smaller id goes first.</summary>
    Id,
    /// <summary>A guardrail stopped the proposal before any rule was asked.</summary>
    Guardrail,
}

/// <summary>A rule that held and did not act.</summary>
/// <param name="RuleIndex">The rule, in the bundle's order.</param>
/// <param name="By">Why not.</param>
public sealed record OutrankedRule(int RuleIndex, OutrankedBy By);

/// <summary>Why a verdict is what it is: for people (<see cref="Text"/>) and for programs.</summary>
public sealed record Explanation
{
    /// <summary>The verdict explained.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Id of the guardrail or rule that decided, or <c>corrector</c>; null when nothing applied.</summary>
    public required string? CauseId { get; init; }

    /// <summary>The predicates of its condition with the values they met.</summary>
    public required ImmutableArray<CheckedPredicate> Predicates { get; init; }

    /// <summary>What the agent proposed.</summary>
    public required AgentAction Proposed { get; init; }

    /// <summary>What is to be done; null when blocked or escalated.</summary>
    public required AgentAction? Final { get; init; }

    /// <summary>Rules that held and did not act, in order of evaluation.</summary>
    public required ImmutableArray<OutrankedRule> Outranked { get; init; }

    /// <summary>Rules that would have held but have expired, in order of evaluation.</summary>
    public required ImmutableArray<int> Expired { get; init; }

    /// <summary>The whole in plain words, one finding a line.</summary>
    public required string Text { get; init; }

    /// <summary>Decides a case and explains the verdict. Meant for people who look at one decision: it allocates and takes its time.</summary>
    public static Explanation Of(Evaluator evaluator, in DecisionInput input)
    {
        ArgumentNullException.ThrowIfNull(evaluator);
        var bundle = evaluator.Bundle;
        var verdict = evaluator.Decide(input);
        var when = verdict.Cause switch
        {
            Cause.Guardrail => bundle.Guardrails[verdict.Index].When,
            Cause.Rule => bundle.Rules[verdict.Index].When,
            _ => null,
        };
        var acting = verdict.Cause == Cause.Rule ? verdict.Index : verdict.RuleIndex;
        // A guardrail that stopped a changed action looked at that action, so the values shown are its values.
        var seen = verdict.Cause == Cause.Guardrail && acting >= 0 ? input with { Proposed = BruteForce.Apply(bundle.Rules[acting], input.Proposed) } : input;
        var predicates = ImmutableArray.CreateBuilder<CheckedPredicate>();
        if (when is not null) Check(when, seen, input.Proposed, predicates);

        var outranked = evaluator.AllMatches(input)
            .Where(i => i != acting)
            .Select(i => new OutrankedRule(i, acting < 0 ? OutrankedBy.Guardrail : Why(bundle.Rules[acting], bundle.Rules[i])))
            .ToImmutableArray();
        var expired = ImmutableArray.CreateBuilder<int>();
        for (var i = 0; i < bundle.Rules.Length; i++)
            if (bundle.Rules[i].ExpiresAt < input.At && BruteForce.Holds(bundle.Rules[i].When, input)) expired.Add(i);

        var explanation = new Explanation
        {
            Verdict = verdict,
            CauseId = verdict.Cause switch { Cause.Guardrail => bundle.Guardrails[verdict.Index].Id, Cause.Rule => bundle.Rules[verdict.Index].Id, Cause.Corrector => CorrectorModel.Id, _ => null },
            Predicates = predicates.DrainToImmutable(),
            Proposed = input.Proposed,
            Final = evaluator.FinalAction(verdict, input.Proposed),
            Outranked = outranked,
            Expired = expired.DrainToImmutable(),
            Text = "",
        };
        return explanation with { Text = explanation.Say(bundle, evaluator.Corrector, input) };
    }

    private string Say(Bundle bundle, CorrectorScorer? corrector, in DecisionInput input)
    {
        var text = new StringBuilder();
        switch (Verdict.Cause)
        {
            case Cause.Guardrail:
                var guardrail = bundle.Guardrails[Verdict.Index];
                text.Append(Verdict.Disposition == Disposition.Block ? "Blocked" : "Escalated to a person").Append(" by guardrail ").Append(guardrail.Id);
                if (Verdict.RuleIndex >= 0) text.Append(", which looked at the action that rule ").Append(bundle.Rules[Verdict.RuleIndex].Id).Append(" had made of it");
                Because(text, guardrail.Because);
                break;
            case Cause.Rule:
                var rule = bundle.Rules[Verdict.Index];
                text.Append(Verdict.Disposition switch
                {
                    Disposition.Keep => $"{Proposed} stands, kept",
                    Disposition.Block => $"{Proposed} blocked",
                    Disposition.Escalate => $"{Proposed} escalated to a person",
                    _ => $"{Proposed} became {Final}",
                }).Append(" by rule ").Append(rule.Id);
                Because(text, rule.Because);
                break;
            case Cause.Corrector:
                text.Append(Proposed).Append(" became ").Append(Final).Append(" by the corrector");
                Because(text, Score(corrector!.Score(input), corrector.Model));
                break;
            default:
                text.Append(Proposed).Append(" stands: no guardrail and no rule applies.");
                if (corrector is not null && corrector.Score(input) is { Answer: >= 0 } score)
                    text.Append(CultureInfo.InvariantCulture, $"\n  the corrector holds back; its best other answer is {corrector.Actions[score.Answer]} ({Score(score, corrector.Model)})");
                break;
        }
        foreach (var predicate in Predicates)
        {
            text.Append("\n  ").Append(predicate.Text).Append(predicate.Holds ? ": yes" : ": no");
            if (predicate.Actual.Kind != FeatureKind.Missing) text.Append(" (it is ").Append(ConditionText.Value(predicate.Actual)).Append(')');
        }
        foreach (var (index, by) in Outranked)
        {
            text.Append("\n  rule ").Append(bundle.Rules[index].Id).Append(" held too; ").Append(by switch
            {
                OutrankedBy.Priority => "its priority is lower",
                OutrankedBy.Specificity => "it is less specific",
                OutrankedBy.NewerEvidence => "its evidence is older",
                OutrankedBy.Guardrail => "the guardrail comes first",
                _ => "it is equal and its id comes later",
            });
        }
        foreach (var index in Expired)
            text.Append("\n  rule ").Append(bundle.Rules[index].Id).Append(" would have held but expired at ").Append(CanonicalJson.Instant(bundle.Rules[index].ExpiresAt!.Value));
        return text.ToString();
    }

    private static string Score(in CorrectorScore score, CorrectorModel model)
    {
        if (double.IsPositiveInfinity(score.Odds)) return string.Create(CultureInfo.InvariantCulture, $"the proposal was never right, and its text and values say so with {StableMath.Exp(score.LogAnswer):0%}");
        if (double.IsNegativeInfinity(score.Odds)) return string.Create(CultureInfo.InvariantCulture, $"switched off for this proposal, or only {score.Known:0%} of the case's words and values were seen before");
        var needed = model.Threshold is { } threshold ? string.Create(CultureInfo.InvariantCulture, $"{threshold:0.00} is certified") : "nothing is certified yet";
        return string.Create(CultureInfo.InvariantCulture, $"chance of a fix against a break {StableMath.Chance(score.Odds):0.00}, {needed}");
    }

    private static void Because(StringBuilder text, string because)
    {
        if (because.Length > 0) text.Append(": ").Append(because);
    }

    private static OutrankedBy Why(Rule acting, Rule other) =>
        acting.Priority != other.Priority ? OutrankedBy.Priority
        : acting.Specificity != other.Specificity ? OutrankedBy.Specificity
        : acting.EvidenceThrough != other.EvidenceThrough ? OutrankedBy.NewerEvidence
        : OutrankedBy.Id;

    private static void Check(Condition condition, in DecisionInput input, AgentAction original, ImmutableArray<CheckedPredicate>.Builder to)
    {
        switch (condition)
        {
            case All all: foreach (var term in all.Terms) Check(term, input, original, to); break;
            case Any any: foreach (var term in any.Terms) Check(term, input, original, to); break;
            case Not not: Check(not.Term, input, original, to); break;
            case Predicate p: to.Add(new(ConditionText.Format(p), BruteForce.Value(p.Operand, input, original), BruteForce.Holds(p, input, original)) { Operand = p.Operand }); break;
        }
    }
}
