using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning.Rules;

/// <summary>
/// One accepted correction acts at once, on the identical case only: same agent, task type, proposed action with arguments, features and words.
/// It lives two weeks and dies as soon as a ruling on the same case says otherwise.
/// </summary>
/// <remarks>
/// Only for inputs with a text of some length: two customers who share every typed feature are still two customers, and what was right for one is
/// wrong for the other (on the campaign data such memory broke four decisions for each it fixed). Rulings within two weeks of the newest one
/// are taken: a build has no clock, so data time decides.
/// </remarks>
internal static class ExactScope
{
    // Shorter texts ("yes", "thank you") are said on many occasions.
    private const int MinWords = 4;
    private const int Priority = -1;

    /// <summary>The entries for a set of cases.</summary>
    public static IEnumerable<Rule> Of(LearningInput input, LearnerOptions options)
    {
        var cases = input.Cases;
        if (options.ExactTimeToLive <= TimeSpan.Zero || cases.Count == 0) yield break;
        var life = RuleExceptions.Microseconds(options.ExactTimeToLive);
        var oldest = cases.Max(static c => c.Ruling.At) - life;
        foreach (var same in cases.Where(static c => c.Decision.Context.Text is { Length: > 0 }).GroupBy(Signature, StringComparer.Ordinal).OrderBy(static g => g.Key, StringComparer.Ordinal))
        {
            var remedies = same.Where(static c => c.Ruling.IsWrong || c.Ruling.Truth is not null).Select(Remedy.Of).Distinct().ToArray();
            if (remedies is not [{ } remedy]) continue;
            var newest = same.Max(static c => c.Ruling.At);
            var decision = same.First().Decision;
            var words = TextTokens.Of(decision.Context.Text);
            if (newest < oldest || words.Length < MinWords) continue;
            if (input.InsideEnvelope && input.Agent.OutsideEnvelope(decision.Context.TaskType, remedy.Label, decision.Proposed.Label) is not null) continue;
            yield return new()
            {
                Id = "x-" + same.Key,
                Origin = RuleOrigin.Exact,
                Priority = Priority,
                When = Condition(decision, words),
                Effect = remedy.Effect,
                Action = remedy.Label,
                Args = remedy.Args,
                Because = "a person corrected this very case",
                EvidenceThrough = newest,
                ExpiresAt = newest + life,
                Evidence = [.. same.Select(static c => c.Ruling.DecisionId).Order(StringComparer.Ordinal)],
                Right = same.Count(),
                Submitters = same.SelectMany(static c => c.Ruling.Submitters).Distinct(StringComparer.Ordinal).Count(),
            };
        }
    }

    /// <summary>What makes two cases identical, as a short digest.</summary>
    public static string Signature(LearningCase reviewed)
    {
        var decision = reviewed.Decision;
        var text = new StringBuilder();
        text.Append(decision.Context.TaskType).Append('\n').Append(decision.Proposed).Append('\n');
        foreach (var feature in decision.Context.Features) text.Append(feature.Name).Append('=').Append(feature.Value).Append('\n');
        text.AppendJoin(' ', TextTokens.Of(decision.Context.Text));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8));
    }

    private static All Condition(Normalizing.Decision decision, ImmutableArray<string> words)
    {
        var terms = ImmutableArray.CreateBuilder<Condition>();
        terms.Add(new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of(decision.Proposed.Label)));
        if (decision.Context.TaskType is { } task) terms.Add(new Predicate(Operand.TaskType, Comparison.Eq, FeatureValue.Of(task)));
        foreach (var feature in decision.Context.Features) Add(Operand.Feature(feature.Name), feature.Value);
        if (!decision.Proposed.Args.IsEmpty)
        {
            using var args = JsonDocument.Parse(decision.Proposed.Args.Json);
            foreach (var member in args.RootElement.EnumerateObject())
                if (!member.Name.Contains('.', StringComparison.Ordinal)) Add(Operand.Argument(member.Name), ActionArgs.ValueOf(member.Value));
        }
        terms.Add(new Predicate(Operand.Text, Comparison.Contains, FeatureValue.Of(string.Join(' ', words))));
        return new(terms.DrainToImmutable());

        void Add(Operand operand, FeatureValue value)
        {
            if (value.Kind == FeatureKind.StringSet)
                foreach (var member in value.AsSet) terms.Add(new Predicate(operand, Comparison.Contains, FeatureValue.Of(member)));
            else if (value.Kind != FeatureKind.Missing && !(value.Kind == FeatureKind.Number && !double.IsFinite(value.AsNumber)))
                terms.Add(new Predicate(operand, Comparison.Eq, value));
        }
    }
}
