using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning;

/// <summary>
/// What somebody in a hurry would do with corrections: look at them and not at the confirmations, and make of the most frequent
/// one of a proposal a rule for all of it. Never released by anybody: it shows what the gates are for.
/// </summary>
internal static class RashRules
{
    private const int MinCorrections = 2;

    /// <summary>One rule for each action of the catalogue that was corrected more than once. (Where the proposal is no action at all, a careful learner says the same.)</summary>
    public static ImmutableArray<Rule> Of(IEnumerable<LearningCase> cases, AgentDefinition agent, LearnerOptions options) =>
    [
        .. cases.GroupBy(static c => c.Decision.Proposed.Label, StringComparer.Ordinal)
            .Where(proposal => agent.Knows(proposal.Key))
            .Select(proposal => proposal.Where(c => c.Ruling is { IsWrong: true, Truth: { } truth } && agent.Knows(truth.Label))
                .GroupBy(static c => c.Ruling.Truth!.Label, StringComparer.Ordinal)
                .OrderByDescending(static said => said.Count()).ThenBy(static said => said.Key, StringComparer.Ordinal)
                .FirstOrDefault() is { } most && most.Count() >= MinCorrections ? RuleOf(proposal.Key, most, proposal.Count(), options) : null)
            .OfType<Rule>()
            .OrderBy(static rule => rule.Id, StringComparer.Ordinal),
    ];

    private static Rule RuleOf(string proposed, IGrouping<string, LearningCase> said, int seen, LearnerOptions options)
    {
        var newest = said.Max(static c => c.Ruling.At);
        return new()
        {
            Id = "r-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(proposed + "\n" + said.Key)).AsSpan(0, 6)),
            Origin = RuleOrigin.Mined,
            Priority = -1000,
            When = new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of(proposed)),
            Effect = RuleEffect.Override,
            Action = said.Key,
            Because = $"the most frequent correction of {proposed}",
            EvidenceThrough = newest,
            ExpiresAt = newest + (options.TimeToLive.Ticks / TimeSpan.TicksPerMicrosecond),
            Evidence = [.. said.Select(static c => c.Decision.Id).Order(StringComparer.Ordinal)],
            Right = said.Count(),
            Wrong = seen - said.Count(),
            Submitters = said.SelectMany(static c => c.Ruling.Submitters).Distinct(StringComparer.Ordinal).Count(),
        };
    }
}
