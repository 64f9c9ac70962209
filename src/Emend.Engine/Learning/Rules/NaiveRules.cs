using System.Globalization;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning.Rules;

/// <summary>
/// What people write down first when they look at corrections alone: whenever the agent says X, do what X was most often corrected
/// to. Ignores every case in which X was right. Here to show what the gates are for; never built unless somebody asks for it.
/// </summary>
internal static class NaiveRules
{
    private const int MinCorrections = 3;

    /// <summary>One rule for each proposed action that was corrected often enough. A pure function of the set of cases.</summary>
    public static IReadOnlyList<Rule> From(IEnumerable<LearningCase> cases) =>
    [
        .. cases
            .Where(static c => c.Ruling is { IsWrong: true, Truth: not null } && c.Ruling.Truth.Label != c.Decision.Proposed.Label)
            .GroupBy(static c => c.Decision.Proposed.Label, StringComparer.Ordinal)
            .Select(static said => said
                .GroupBy(static c => c.Ruling.Truth!.Label, StringComparer.Ordinal)
                .OrderByDescending(static meant => meant.Count()).ThenBy(static meant => meant.Key, StringComparer.Ordinal)
                .Select(meant => (Said: said.Key, Meant: meant))
                .First())
            .Where(static pair => pair.Meant.Count() >= MinCorrections)
            .OrderBy(static pair => pair.Said, StringComparer.Ordinal)
            .Select(static pair => Rule(pair.Said, pair.Meant.Key, [.. pair.Meant])),
    ];

    private static Rule Rule(string said, string meant, List<LearningCase> evidence) => new()
    {
        Id = "n-" + BundleDigest.Of(System.Text.Encoding.UTF8.GetBytes(said + "\n" + meant))["sha256:".Length..][..12],
        Origin = RuleOrigin.Mined,
        When = new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of(said)),
        Effect = RuleEffect.Override,
        Action = meant,
        Because = string.Create(CultureInfo.InvariantCulture, $"{said} was corrected to {meant} {evidence.Count} times; where it was right was not looked at"),
        EvidenceThrough = evidence.Max(static c => c.Ruling.At),
        Evidence = [.. evidence.Select(static c => c.Decision.Id).Order(StringComparer.Ordinal)],
        Right = evidence.Count,
        Submitters = evidence.SelectMany(static c => c.Ruling.Behind).Distinct(StringComparer.Ordinal).Count(),
    };
}
