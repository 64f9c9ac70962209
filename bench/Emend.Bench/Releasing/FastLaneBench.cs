using System.Diagnostics;
using System.Globalization;
using Emend.Engine;
using Emend.Engine.Capturing;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Logic;

namespace Emend.Bench.Releasing;

/// <summary>
/// From a correction handed in to a release that acts on it, gates on the whole history included: the engine's part of the fast lane. Held against
/// reading the same history from disk once, which is what every run would have to do if nothing were kept at hand.
/// </summary>
internal sealed class FastLaneBench : IBench
{
    private const string Agent = "bench";

    public string Name => "fastlane";

    public string What => "correction accepted -> gates -> release, on N decisions, M of them reviewed, K corrections one by one: [100000] [2000] [60]";

    public async Task<int> RunAsync(string[] args)
    {
        int Arg(int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
        var (count, reviewed, corrections) = (Arg(0, 100_000), Arg(1, 2_000), Arg(2, 60));
        var folder = Directory.CreateTempSubdirectory("emend-bench-");
        try
        {
            await using var engine = await EmendEngine.OpenAsync(new() { DataDirectory = folder.FullName }, default);
            await FillAsync(engine, count, reviewed);
            var agent = engine.Agents.Find(Agent)!;

            var start = Stopwatch.GetTimestamp();
            var cold = new AgentHistories(engine.Store, engine.Cases, engine.Decisions).Of(agent, engine.Store.Size);
            var read = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

            var first = await OneAsync(engine, reviewed * 3);
            var took = new List<double>();
            var wrong = 0;
            for (var i = 1; i <= corrections; i++)
            {
                var (milliseconds, acts) = await OneAsync(engine, (reviewed * 3) + i);
                took.Add(milliseconds);
                if (!acts) wrong++;
            }
            took.Sort();
            var (p50, p99) = (took[took.Count / 2], took[(int)(took.Count * 0.99)]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"fastlane, {cold.Decisions.Count:N0} decisions, {cold.Cases.Count:N0} reviewed, {corrections} corrections: p50 {p50:0} ms, p99 {p99:0} ms (first, from cold: {first.Milliseconds:0} ms); reading the history once {read:0} ms = {read / p50:0.0} x p50; {wrong} did not act"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"process: {Environment.WorkingSet / 1048576} MB"));
            return wrong + (first.Acts ? 0 : 1) == 0 ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(double Milliseconds, bool Acts)> OneAsync(EmendEngine engine, int number)
    {
        var start = Stopwatch.GetTimestamp();
        await AcceptAsync(engine, [Said(number, "b")]);
        var answer = await engine.FastLane.RunAsync(Agent, default);
        var took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (answer is Answer<FastLaneRun>.Refused(var why)) Console.WriteLine($"refused: {why.Message} ({why.Code})");
        return (took, answer is Answer<FastLaneRun>.Granted { Value: { Outcome: not FastLaneOutcome.NothingNew, Remembered: > 0 } });
    }

    private static async Task FillAsync(EmendEngine engine, int count, int reviewed)
    {
        var actor = new Actor("filler");
        await engine.AgentHandler.HandleAsync(new RegisterAgent(new()
        {
            Id = Agent,
            Actions = ["a", "b", "c", "d"],
            Envelope = new() { IsOpen = true, MaxDecisionsPerDay = count },
        }, actor), default);
        foreach (var batch in Enumerable.Range(0, count).Chunk(1_000))
            await new AcceptBatch<Decision>(engine.Store, new AcceptDecisions(engine.Store, engine.Agents, strict: false), engine.Clock).HandleAsync([.. batch.Select(Decision)], actor, default);
        // One decision in three was looked at, and most of what was looked at was right; what was not follows no rule that could be learned.
        foreach (var batch in Enumerable.Range(0, reviewed).Chunk(1_000)) await AcceptAsync(engine, [.. batch.Select(static i => Said(i * 3, ((uint)i * 2_654_435_761u >> 16) % 5 == 0 ? "c" : null))]);
    }

    private static async Task AcceptAsync(EmendEngine engine, IReadOnlyList<Correction> corrections) =>
        await new AcceptBatch<Correction>(engine.Store, new AcceptCorrections(engine.Store, engine.Agents), engine.Clock).HandleAsync(corrections, new("filler"), default);

    private static Decision Decision(int i) => new()
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"d-{i:0000000}"),
        OccurredAt = 1_790_000_000_000_000 + (i * 10_000_000L),
        Agent = Agent,
        Context = Context.Of(
            [
                new("channel", FeatureValue.Of(i % 3 == 0 ? "mail" : "chat")), new("country", FeatureValue.Of("c" + (i % 40))), new("amount", FeatureValue.Of(i % 997)),
                new("vip", FeatureValue.Of(i % 11 == 0)), new("segment", FeatureValue.Of("s" + (i % 7))), new("age", FeatureValue.Of(i % 80)),
            ],
            "route",
            $"dear desk, please look after order {i} of mine, it came {i % 9} days late and the box was open when I got it"),
        Proposed = new(((string[])["a", "b", "c", "d"])[i % 4]),
        Confidence = 0.5 + (i % 50 / 100.0),
        Subject = "cust-" + (i % 20_000),
    };

    private static Correction Said(int i, string? right)
    {
        var decision = Decision(i);
        if (right == decision.Proposed.Label) right = "d";
        return CorrectionId.Sign(new()
        {
            Id = "",
            DecisionId = decision.Id,
            Verdict = right is null ? CorrectionVerdict.Confirm : CorrectionVerdict.Modify,
            Action = right is null ? null : new(right),
            By = "rosa",
            At = decision.OccurredAt + 1_000_000,
        });
    }
}
