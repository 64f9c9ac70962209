using System.Globalization;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Tests.Learning;

/// <summary>Reviewed decisions of a made-up refund agent with known mistakes, from a seed.</summary>
internal static class PlantedCases
{
    private static readonly string[] s_channels = ["mail", "chat", "phone", "app"];

    /// <summary>Cases; <paramref name="truth"/> says what was right, given amount, channel, vip and text.</summary>
    public static List<LearningCase> Of(int seed, int count, Func<double, string, bool, string, string> truth, string proposed = "refund", double noise = 0)
    {
        var random = new Random(seed);
        string[] words = ["where", "is", "my", "order", "money", "late", "broken", "parcel", "thanks", "please", "help", "invoice"];
        var cases = new List<LearningCase>(count);
        for (var i = 0; i < count; i++)
        {
            var amount = Math.Round(random.NextDouble() * 1000);
            var channel = s_channels[random.Next(s_channels.Length)];
            var vip = random.Next(2) == 0;
            var text = string.Join(' ', Enumerable.Range(0, 6).Select(_ => words[random.Next(words.Length)]));
            var right = random.NextDouble() < noise ? "noise" : truth(amount, channel, vip, text);
            cases.Add(Case(i, [new("amount", FeatureValue.Of(amount)), new("channel", FeatureValue.Of(channel)), new("vip", FeatureValue.Of(vip))], text, proposed, right));
        }
        return cases;
    }

    /// <summary>One reviewed decision.</summary>
    public static LearningCase Case(int number, Feature[] features, string? text, string proposed, string right, string by = "rosa", double? confidence = null)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"d-{number:00000}");
        var at = 1_700_000_000_000_000 + number * 60_000_000L;
        var decision = new Decision
        {
            Id = id,
            OccurredAt = at,
            Agent = "desk",
            Context = Context.Of(features, "refunds", text),
            Proposed = new(proposed),
            Confidence = confidence,
        };
        return new(decision, new(id, right != proposed, new AgentAction(right), ["c-" + id], [by], "lead", "", at));
    }

    /// <summary>Builds a candidate for the made-up agent.</summary>
    public static BuiltCandidate Build(IReadOnlyCollection<LearningCase> cases, LearnerOptions? options = null, params string[] catalogue) =>
        BuildCandidate.From(new() { Agent = new() { Id = "desk", Actions = [.. catalogue] }, Cases = cases, Options = options ?? LearnerOptions.Default with { ExactTimeToLive = TimeSpan.Zero } });
}
