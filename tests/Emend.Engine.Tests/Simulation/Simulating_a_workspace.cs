using System.Collections.Concurrent;
using System.Globalization;
using Emend.TestKit;

namespace Emend.Engine.Tests.Simulation;

public class Simulating_a_workspace
{
    // The same seeds in every run of the suite: what is red is red everywhere. A soak goes on from there.
    private const int Usual = 500, Soaked = 20_000;

    // A fault that never fired and a release that never began would make a simulation that proves nothing.
    private static readonly string[] Sights =
    [
        ": killed", "disk full", "meanwhile: ", "start: ", "candidate.approver-is-author", "candidate.not-evaluated", "advance: north done", ", 1 by the candidate",
        "erase: cust-", " texts", "undo: c-", "Duplicate", "Recorded", "conflict", "heal: ", "roll back: north done", "rule: d-", "release.under-way",
        "fast lane: north Started", "start by itself: ", "carry: north Advanced", "carry: north Held", ", cut before the key was gone", ", cut before it was noted", " erased again", "keys: revoked", "keys: journaled",
    ];

    [Fact]
    public async Task holds_every_invariant_on_every_seed()
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("EMEND_SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var one))
        {
            var (digest, trace) = await SimulatedLife.RunAsync(one);
            Console.WriteLine($"EMEND_SEED={one}\n{string.Join('\n', trace)}\ntrace {digest}");
            return;
        }
        var broken = new ConcurrentBag<InvariantIsBroken>();
        var unseen = new ConcurrentDictionary<string, bool>(Sights.ToDictionary(static sight => sight, static _ => true, StringComparer.Ordinal), StringComparer.Ordinal);
        await Parallel.ForEachAsync(Enumerable.Range(1, Soak.Trials(Usual, Soaked)), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (seed, _) =>
        {
            try
            {
                var (_, trace) = await SimulatedLife.RunAsync(seed);
                foreach (var sight in unseen.Keys.Where(sight => trace.Any(line => line.Contains(sight, StringComparison.Ordinal)))) unseen.TryRemove(sight, out var _);
            }
            catch (InvariantIsBroken fault)
            {
                broken.Add(fault);
            }
        });
        Assert.True(broken.IsEmpty, $"{broken.Count} seeds break an invariant:\n{string.Join("\n\n", broken.OrderBy(static b => b.Seed).Take(3).Select(static b => b.Message))}");
        Assert.True(unseen.IsEmpty, $"never happened: {string.Join(", ", unseen.Keys)}");
    }

    [Fact]
    public async Task plays_the_same_run_again_from_the_same_seed()
    {
        foreach (var seed in Enumerable.Range(1, 5))
        {
            var (first, lines) = await SimulatedLife.RunAsync(seed);
            var (second, again) = await SimulatedLife.RunAsync(seed);
            Assert.True(first == second, $"seed {seed} went another way: {lines.Zip(again).FirstOrDefault(static pair => pair.First != pair.Second)}");
        }
        Assert.NotEqual((await SimulatedLife.RunAsync(1)).Digest, (await SimulatedLife.RunAsync(2)).Digest);
    }

    [Theory]
    [InlineData(Planted.ForgottenKeys, "I2 or I7")]
    [InlineData(Planted.AnswersTooEarly, "I1 or I2")]
    [InlineData(Planted.ServesUnapproved, "I6")]
    [InlineData(Planted.BringsKeysBack, "I7")]
    [InlineData(Planted.FlipsABit, "I4")]
    [InlineData(Planted.TakesOldManifests, "I6")]
    [InlineData(Planted.LeavesErasuresHalf, "I7")]
    [InlineData(Planted.RestoresWithoutRegister, "I7")]
    [InlineData(Planted.SkipsTheGates, "I6")]
    [InlineData(Planted.WidensWithoutProof, "I6")]
    [InlineData(Planted.ForgetsRevocations, "I8")]
    public async Task finds_a_planted_bug_within_twenty_seeds(Planted bug, string invariant)
    {
        var found = new List<InvariantIsBroken>();
        for (var seed = 1; seed <= 20 && found.Count == 0; seed++)
        {
            try
            {
                await SimulatedLife.RunAsync(seed, bug);
            }
            catch (InvariantIsBroken fault)
            {
                found.Add(fault);
            }
        }
        Assert.True(found is [{ } one] && invariant.Contains(one.Name, StringComparison.Ordinal), $"{bug} was found as: {(found.Count == 0 ? "nothing" : found[0].Message)}");
        Assert.Contains($"EMEND_SEED={found[0].Seed}", found[0].Message, StringComparison.Ordinal);
    }
}
