using System.Collections.Concurrent;
using System.Globalization;
using Emend.TestKit;

namespace Emend.Engine.Tests.Simulation;

public class Simulating_a_workspace
{
    // The same seeds in every run of the suite: what is red is red everywhere. A soak goes on from there.
    private const int Usual = 500, Soaked = 20_000;

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
        await Parallel.ForEachAsync(Enumerable.Range(1, Soak.Trials(Usual, Soaked)), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (seed, _) =>
        {
            try
            {
                await SimulatedLife.RunAsync(seed);
            }
            catch (InvariantIsBroken fault)
            {
                broken.Add(fault);
            }
        });
        Assert.True(broken.IsEmpty, $"{broken.Count} seeds break an invariant:\n{string.Join("\n\n", broken.OrderBy(static b => b.Seed).Take(3).Select(static b => b.Message))}");
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
    [InlineData(Planted.ForgottenKeys, "I2")]
    [InlineData(Planted.AnswersTooEarly, "I1 or I2")]
    [InlineData(Planted.ServesUnapproved, "I6")]
    [InlineData(Planted.BringsKeysBack, "I7")]
    [InlineData(Planted.FlipsABit, "I4")]
    [InlineData(Planted.TakesOldManifests, "I6")]
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

    [Fact]
    public async Task does_everything_it_has_a_step_for()
    {
        // A fault that never fired and a release that never began would make a simulation that proves nothing.
        var lines = new List<string>();
        foreach (var seed in Enumerable.Range(1, 20)) lines.AddRange((await SimulatedLife.RunAsync(seed)).Trace);
        foreach (var sight in new[] { ": killed", "disk full", "meanwhile: ", " approve: ", "start: ", "start: ", "candidate.approver-is-author", "advance: north done", ", 1 by the candidate", "erase: cust-", " texts", "refuses ", "undo: c-", "Duplicate", "conflict", "heal: " })
            Assert.True(lines.Exists(line => line.Contains(sight, StringComparison.Ordinal)), $"'{sight}' never happened");
    }
}
