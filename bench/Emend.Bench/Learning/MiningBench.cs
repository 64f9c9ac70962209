using System.Diagnostics;
using System.Globalization;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Bench.Learning;

/// <summary>A whole build (survey, forward test, mining, gates) from corrected decisions with ten typed features, against a plain pass over the same cases.</summary>
internal sealed class MiningBench : IBench
{
    public string Name => "mining";

    public string What => "build a candidate from N reviewed decisions x 10 features: [10000,100000]";

    public Task<int> RunAsync(string[] args)
    {
        var wrong = 0;
        foreach (var count in (args.Length > 0 ? args[0] : "10000,100000").Split(',').Select(s => int.Parse(s, CultureInfo.InvariantCulture)))
        {
            var cases = Cases(count, seed: 1);
            var agent = new AgentDefinition { Id = "bench" };
            BuiltCandidate? built = null;
            var (best, cpu) = (double.PositiveInfinity, double.PositiveInfinity);
            for (var run = 0; run < 5; run++)
            {
                var (start, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                built = BuildCandidate.From(new() { Agent = agent, Cases = cases });
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                cpu = Math.Min(cpu, (Environment.CpuUsage.TotalTime - used).TotalMilliseconds);
            }
            var baseline = double.PositiveInfinity;
            for (var run = 0; run < 5; run++)
            {
                var start = Stopwatch.GetTimestamp();
                if (ReadOnce(cases) < 0) wrong++;
                baseline = Math.Min(baseline, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            if (built!.Report.Learned.Length < 4) wrong++;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"mining {count} x 10: {best:0} ms, {cpu:0} ms of processor time, {built.Report.Learned.Length} rules ({best / baseline:0} x one plain read of all feature values, {baseline:0.0} ms)"));
        }
        return Task.FromResult(wrong == 0 ? 0 : 1);
    }

    private static double ReadOnce(List<LearningCase> cases)
    {
        var sum = 0.0;
        foreach (var reviewed in cases)
            foreach (var feature in reviewed.Decision.Context.Features) sum += feature.Value.Kind == FeatureKind.Number ? feature.Value.AsNumber : feature.Value.AsString.Length;
        return sum;
    }

    // Five actions, six planted mistakes of one to three conditions, two per cent of errors without structure.
    internal static List<LearningCase> Cases(int count, int seed)
    {
        var random = new Random(seed);
        string[] actions = ["approve", "deny", "refund", "escalate", "wait"];
        var cases = new List<LearningCase>(count);
        for (var i = 0; i < count; i++)
        {
            var numbers = new double[5];
            var words = new int[5];
            for (var f = 0; f < 5; f++) (numbers[f], words[f]) = (Math.Round(random.NextDouble() * 100, 1), random.Next(8));
            var proposed = actions[random.Next(5)];
            var right = proposed switch
            {
                "approve" when numbers[0] >= 80 => "deny",
                "approve" when words[0] == 3 && words[1] < 2 => "escalate",
                "deny" when numbers[1] < 20 && words[2] == 1 => "wait",
                "refund" when words[3] == 5 => "wait",
                "refund" when numbers[2] >= 50 && numbers[3] < 30 && words[4] == 2 => "deny",
                "wait" when words[4] == 7 && numbers[4] >= 60 => "escalate",
                _ => random.Next(50) == 0 ? actions[random.Next(5)] : proposed,
            };
            var id = string.Create(CultureInfo.InvariantCulture, $"d-{i:000000}");
            Feature[] features = [.. numbers.Select((n, f) => new Feature($"n{f}", FeatureValue.Of(n))), .. words.Select((w, f) => new Feature($"s{f}", FeatureValue.Of("v" + w)))];
            var decision = new Decision { Id = id, OccurredAt = i * 1_000_000L, Agent = "bench", Context = Context.Of(features), Proposed = new(proposed) };
            cases.Add(new(decision, new(id, right != proposed, new AgentAction(right), ["c-" + id], ["rosa"], "lead", "", i * 1_000_000L)));
        }
        return cases;
    }
}
