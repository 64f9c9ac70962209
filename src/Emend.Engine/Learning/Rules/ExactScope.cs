using System.Security.Cryptography;
using System.Text;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning.Rules;

/// <summary>
/// One accepted correction acts at once, on the identical case only: same agent, task type, proposed action with arguments, features and words.
/// The bundle holds a fingerprint of the case, not its words (<see cref="CaseFingerprint"/>). It lives two weeks and dies as soon as a ruling on the same case says otherwise.
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
    private const int IdDigits = 16;

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
            if (newest < oldest || TextTokens.Of(decision.Context.Text).Length < MinWords) continue;
            if (input.InsideEnvelope && input.Agent.OutsideEnvelope(decision.Context.TaskType, remedy.Label, decision.Proposed.Label) is not null) continue;
            yield return new()
            {
                Id = "x-" + same.Key[..IdDigits],
                Origin = RuleOrigin.Exact,
                Priority = Priority,
                When = Condition(decision, same.Key),
                Effect = remedy.Effect,
                Action = remedy.Label,
                Args = remedy.Args,
                Because = "a person corrected this very case",
                EvidenceThrough = newest,
                ExpiresAt = newest + life,
                Evidence = [.. same.Select(static c => c.Ruling.DecisionId).Order(StringComparer.Ordinal)],
                Right = same.Count(),
                Submitters = same.SelectMany(static c => c.Ruling.Behind).Distinct(StringComparer.Ordinal).Count(),
            };
        }
    }

    /// <summary>What makes two cases identical.</summary>
    public static string Signature(LearningCase reviewed) =>
        CaseFingerprint.Of(reviewed.Decision.Context, reviewed.Decision.Proposed, SaltOf(reviewed.Decision.Agent));

    // A table of guesses made for one agent is of no use against another. It has to be the same wherever and whenever a bundle is built.
    private static string SaltOf(string agent) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("emend/case-salt/v1\n" + agent)).AsSpan(0, 8));

    // The action is no secret and tells a reader what the rule is about; the fingerprint says all of it.
    private static All Condition(Normalizing.Decision decision, string signature) => new(
    [
        new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of(decision.Proposed.Label)),
        new Predicate(Operand.Case(SaltOf(decision.Agent)), Comparison.Eq, FeatureValue.Of(signature)),
    ]);
}
