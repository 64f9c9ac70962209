using System.Globalization;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;

namespace Emend.Engine.Tests.Evaluating;

/// <summary>Decisions, rulings and bundles for tests of evaluating and releasing.</summary>
internal static class Cases
{
    public const long Noon = 1_762_171_200_000_000;
    public const long Minute = 60_000_000;

    public static Decision Decision(int number, string proposed, string topic = "t", string? subject = null) => new()
    {
        Id = "d-" + number.ToString(CultureInfo.InvariantCulture),
        OccurredAt = Noon + number * Minute,
        Agent = "router",
        Context = Context.Of([new("topic", FeatureValue.Of(topic))]),
        Proposed = new(proposed),
        Subject = subject,
    };

    public static ReplayCase Known(int number, string proposed, string topic, string truth, CaseEvidence evidence = CaseEvidence.HeldOut, params string[] by) =>
        new(Decision(number, proposed, topic), new(truth), !string.Equals(truth, proposed, StringComparison.Ordinal), evidence, [.. by]);

    public static LearningCase Ruled(int number, string proposed, string topic, string truth, string by = "rosa") => new(
        Decision(number, proposed, topic),
        new(Decision(number, proposed).Id, !string.Equals(truth, proposed, StringComparison.Ordinal), new(truth), ["c-" + number.ToString(CultureInfo.InvariantCulture)], [by], "lea", "", Noon));

    public static Rule Override(string topic, string action, RuleOrigin origin = RuleOrigin.Mined, int submitters = 3) => new()
    {
        Id = $"r-{topic}-{action}",
        Origin = origin,
        When = new Predicate(Operand.Feature("topic"), Comparison.Eq, FeatureValue.Of(topic)),
        Effect = RuleEffect.Override,
        Action = action,
        Submitters = submitters,
    };

    public static Bundle Bundle(params Rule[] rules) => new() { Agent = "router", Rules = [.. rules] };

    /// <summary>A name for a bundle that is good enough for tests that do not look at bytes.</summary>
    public static string DigestOf(Bundle bundle) => "sha256:" + string.Join('+', bundle.Rules.Select(static rule => rule.Id));
}
