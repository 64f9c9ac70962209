using Emend.Engine.Learning;

namespace Emend.Engine.Tests.Learning.Corrector;

/// <summary>Reviewed decisions of a made-up router: every queue has words of its own, the agent takes one in three for another queue.</summary>
internal static class RoutedTexts
{
    private static readonly string[] s_queues = ["cards", "fees", "login", "refunds", "transfers"];

    private static readonly string[][] s_words =
    [
        ["card", "plastic", "chip", "contactless", "pin"], ["fee", "charged", "cost", "price", "extra"], ["password", "login", "code", "device", "locked"],
        ["refund", "money", "back", "returned", "merchant"], ["transfer", "iban", "recipient", "pending", "arrived"],
    ];

    private static readonly string[] s_filler = ["my", "the", "please", "why", "is", "today", "not", "help", "again", "with"];

    /// <summary>Cases, oldest first.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="count">How many decisions.</param>
    /// <param name="propensity">Of being reviewed; null: only wrong ones are spoken of.</param>
    public static List<LearningCase> Of(int seed, int count, double? propensity = 1)
    {
        var random = new Random(seed);
        var cases = new List<LearningCase>(count);
        for (var i = 0; i < count; i++)
        {
            var right = random.Next(s_queues.Length);
            var said = random.Next(3) == 0 ? random.Next(s_queues.Length) : right;
            var text = string.Join(' ', Enumerable.Range(0, 8).Select(n => n % 3 == 0 ? s_words[right][random.Next(5)] : s_filler[random.Next(s_filler.Length)]));
            if (propensity is null && said == right) continue;
            cases.Add(PlantedCases.Case(i, [], text, s_queues[said], s_queues[right]) with { Propensity = propensity });
        }
        return cases;
    }

    /// <summary>Cases whose texts say nothing of the queue: there is nothing to learn.</summary>
    public static List<LearningCase> OfNothing(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var right = random.Next(s_queues.Length);
            var text = string.Join(' ', Enumerable.Range(0, 8).Select(_ => s_filler[random.Next(s_filler.Length)]));
            return PlantedCases.Case(i, [], text, s_queues[random.Next(3) == 0 ? random.Next(s_queues.Length) : right], s_queues[right]) with { Propensity = 1 };
        })];
    }
}
