using Emend.Engine.Journal;
using Emend.Engine.Learning.Features;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Tests.Learning.Features;

/// <summary>No future leaks into training (I12), and what was taken back is taken back everywhere (I7, I11).</summary>
public class Looking_back
{
    private const int Lifetimes = 3;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, Lifetimes).Select(static i => Environment.TickCount + (i * 7919))];

    [Theory, MemberData(nameof(Seeds))]
    public async Task says_what_an_oracle_says_that_walks_over_all_events(int seed)
    {
        await using var world = await FeatureWorld.OpenAsync(FeatureWorld.Desk, FeatureWorld.Customer, FeatureWorld.Sums);
        var random = new Random(seed);
        var oracle = new Oracle();
        var instants = new List<long>();
        for (var round = 0; round < 8; round++)
        {
            foreach (var signal in Lives.Signals(random, world.Now, 5))
            {
                await world.GiveAsync(signal);
                oracle.Recorded(signal, world.Now);
                world.Clock.Move(TimeSpan.FromMinutes(random.Next(9)));
            }
            instants.Add(world.Now);
            world.Clock.Move(TimeSpan.FromMinutes(random.Next(200)));
        }
        foreach (var (view, key) in Lives.Asks())
        {
            var known = world.Known(view);
            List<FeatureAsk> asks = [.. instants.Select(at => world.Ask(known, at, key))];
            foreach (var series in known.View.Series)
            {
                var values = Assert.IsType<Answer<FeatureValue[]>.Granted>(world.Engine.FeaturesAsOf.Of(known, series, asks, default)).Value;
                for (var i = 0; i < asks.Count; i++)
                {
                    var expected = oracle.Value(known.Definition, series.Feature, key, asks[i].At);
                    Assert.True(Same(expected, values[i]), $"seed {seed}: {view}.{series.Feature.Name} {string.Join(',', key)} at {asks[i].At}: {expected} is not {values[i]}");
                }
            }
        }
    }

    [Theory, MemberData(nameof(Seeds))]
    public async Task never_sees_what_was_recorded_later(int seed)
    {
        await using var world = await FeatureWorld.OpenAsync(FeatureWorld.Desk, FeatureWorld.Customer, FeatureWorld.Sums);
        var random = new Random(seed);
        var instants = new List<long>();
        for (var round = 0; round < 4; round++)
        {
            foreach (var signal in Lives.Signals(random, world.Now, 4))
            {
                await world.GiveAsync(signal);
                if (random.Next(4) == 0) world.Clock.Move(TimeSpan.FromMinutes(random.Next(60)));
            }
            instants.Add(world.Now);
            var before = Lives.Said(world, [.. instants]);
            // A microsecond later the world goes on: decisions and corrections that happened long ago arrive only now.
            world.Clock.Move(TimeSpan.FromMicroseconds(1));
            foreach (var signal in Lives.Signals(random, world.Now, 6)) await world.GiveAsync(signal);
            await world.DefineAsync("""{"name":"other","of":"decisions","features":{"n":{"measure":"count"}}}""".Replace("other", "other_" + (char)('a' + round), StringComparison.Ordinal));
            Assert.True(before == Lives.Said(world, [.. instants]), $"seed {seed}, round {round}: the future changed the past:\n{before}\n--- is not ---\n{Lives.Said(world, [.. instants])}");
            // The other way round: what was recorded in time is seen, or the property above would hold of a store that sees nothing.
            Assert.NotEqual(before, Lives.Said(world, [.. instants.Select(_ => world.Now)]).Replace(world.Now.ToString(System.Globalization.CultureInfo.InvariantCulture), instants[^1].ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task sees_what_was_recorded_at_the_very_instant_and_not_a_microsecond_after()
    {
        await using var world = await FeatureWorld.OpenAsync(FeatureWorld.Sums);
        await world.GiveAsync(FeatureWorld.Decision("d", "billing", world.Now));
        var before = world.Now;
        world.Clock.Move(TimeSpan.FromMicroseconds(1));
        await world.GiveAsync(FeatureWorld.Cost("d", 3, before));
        Assert.Equal("n=0", world.AsOf("sums", before)[2]);
        Assert.Equal("n=1", world.AsOf("sums", world.Now)[2]);
    }

    [Theory, MemberData(nameof(Seeds))]
    public async Task at_now_is_what_serving_reads(int seed)
    {
        await using var world = await FeatureWorld.OpenAsync(FeatureWorld.Desk, FeatureWorld.Customer, FeatureWorld.Sums);
        var random = new Random(seed);
        var corrections = new List<string>();
        for (var round = 0; round < 10; round++)
        {
            foreach (var signal in Lives.Signals(random, world.Now, 3))
            {
                await world.GiveAsync(signal);
                if (signal is Correction correction) corrections.Add(correction.Id);
                if (random.Next(3) == 0) world.Clock.Move(TimeSpan.FromMinutes(random.Next(100)));
            }
            if (corrections.Count > 0 && random.Next(2) == 0)
            {
                var at = random.Next(corrections.Count);
                await world.WithdrawAsync(corrections[at]);
                corrections.RemoveAt(at);
            }
            if (round == 7) await world.EraseAsync("s-1");
            Assert.True(Lives.Said(world, world.Now) == Lives.Latest(world), $"seed {seed}, round {round}:\n{Lives.Said(world, world.Now)}\n--- is not ---\n{Lives.Latest(world)}");
            world.Clock.Move(TimeSpan.FromMinutes(random.Next(500)));
            Assert.Equal(Lives.Said(world, world.Now), Lives.Latest(world));
        }
        var state = StateDigest.Of(world.Engine.Store);
        var latest = Lives.Latest(world);
        await RebuildProjections.RunAsync(world.Engine.Store, null, default);
        Assert.Equal(state, StateDigest.Of(world.Engine.Store));
        Assert.Equal(latest, Lives.Latest(world));
    }

    [Theory, MemberData(nameof(Seeds))]
    public async Task forgets_what_was_withdrawn_or_erased_as_if_it_had_never_been(int seed)
    {
        await using var world = await FeatureWorld.OpenAsync(FeatureWorld.Desk, FeatureWorld.Customer, FeatureWorld.Sums);
        await using var never = await FeatureWorld.OpenAsync(FeatureWorld.Desk, FeatureWorld.Customer, FeatureWorld.Sums);
        var random = new Random(seed);
        var signals = Lives.Signals(random, world.Now, 20);
        var withdrawn = signals.OfType<Correction>().Where(_ => random.Next(3) == 0).Select(static c => c.Id).ToHashSet();
        var about = signals.OfType<Decision>().Where(static d => d.Subject == "s-2").Select(static d => d.Id).ToHashSet();
        var instants = new List<long>();
        foreach (var signal in signals)
        {
            await world.GiveAsync(signal);
            var isGone = signal switch
            {
                Decision decision => about.Contains(decision.Id),
                Correction correction => about.Contains(correction.DecisionId) || withdrawn.Contains(correction.Id),
                Outcome outcome => about.Contains(outcome.DecisionId),
                _ => false,
            };
            if (!isGone) await never.GiveAsync(signal);
            world.Clock.Move(TimeSpan.FromMinutes(7));
            never.Clock.Move(TimeSpan.FromMinutes(7));
            instants.Add(world.Now);
        }
        Assert.NotEmpty(about);
        foreach (var id in withdrawn) await world.WithdrawAsync(id);
        await world.EraseAsync("s-2");
        Assert.Equal(Lives.Said(never, [.. instants]), Lives.Said(world, [.. instants]));
        Assert.Equal(Lives.Latest(never), Lives.Latest(world));
    }

    // A mean in millionths is exact to the millionth.
    private static bool Same(FeatureValue expected, FeatureValue actual) =>
        expected == actual || (expected.Kind == FeatureKind.Number && actual.Kind == FeatureKind.Number && Math.Abs(expected.AsNumber - actual.AsNumber) < 1e-6);
}
