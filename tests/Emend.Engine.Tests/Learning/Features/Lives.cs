using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Tests.Learning.Features;

/// <summary>Made-up lives of a desk: signals in no order, many late, some ahead of their decision, some of them taken back.</summary>
internal static class Lives
{
    public const long Minute = 60_000_000;

    private static readonly string[] Actions = ["billing", "cards", "fraud"];
    private static readonly string[] Channels = ["chat", "mail"];
    private static readonly string[] People = ["ann", "bo", "cy"];
    private static readonly string[] Subjects = ["s-1", "s-2", "s-3"];

    /// <summary>What can be asked of the views: keys by view.</summary>
    public static IEnumerable<(string View, (string, FeatureValue)[] Key)> Asks()
    {
        foreach (var action in Actions)
            foreach (var channel in Channels) yield return ("desk", [("proposed.action", FeatureValue.Of(action)), ("channel", FeatureValue.Of(channel))]);
        foreach (var subject in Subjects) yield return ("customer", [("subject", FeatureValue.Of(subject))]);
        yield return ("sums", []);
    }

    /// <summary>Decisions, corrections and outcomes that happened in the ten hours before <paramref name="now"/>.</summary>
    public static List<object> Signals(Random random, long now, int decisions)
    {
        var signals = new List<object>();
        for (var d = 0; d < decisions; d++)
        {
            var id = $"d-{random.Next(1_000_000)}-{d}";
            var at = now - (random.Next(600) * Minute);
            signals.Add(FeatureWorld.Decision(id, Actions[random.Next(3)], at, Channels[random.Next(2)], random.Next(4) == 0 ? null : Subjects[random.Next(3)], random.Next(5) == 0 ? null : random.NextDouble()));
            for (var c = random.Next(3); c > 0; c--)
            {
                var verdict = (CorrectionVerdict)random.Next(4);
                signals.Add(FeatureWorld.Correction(id, verdict, verdict == CorrectionVerdict.Modify ? Actions[random.Next(3)] : null, People[random.Next(3)], Math.Min(now, at + (random.Next(1, 300) * Minute)) - c));
            }
            if (random.Next(2) == 0) signals.Add(FeatureWorld.Cost(id, Math.Round(random.NextDouble() * 10, random.Next(1, 8)), at + 1));
        }
        var shuffled = signals.ToArray();
        random.Shuffle(shuffled);
        return [.. shuffled];
    }

    /// <summary>Everything the views say as of some instants, one line a value.</summary>
    public static string Said(FeatureWorld world, params long[] instants) => string.Join('\n',
        from ask in Asks()
        from at in instants
        select $"{ask.View} {string.Join(',', ask.Key)} at {at}: {string.Join(' ', world.AsOf(ask.View, at, ask.Key))}");

    /// <summary>Everything the views say now, as serving reads it.</summary>
    public static string Latest(FeatureWorld world) => string.Join('\n',
        from ask in Asks()
        select $"{ask.View} {string.Join(',', ask.Key)} at {world.Now}: {string.Join(' ', world.Latest(ask.View, ask.Key))}");
}
