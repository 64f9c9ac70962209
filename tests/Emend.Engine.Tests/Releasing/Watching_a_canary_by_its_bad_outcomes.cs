using Emend.Engine.Evaluating.Statistics;
using Emend.TestKit;
using Xunit.Abstractions;

namespace Emend.Engine.Tests.Releasing;

/// <summary>The simulation gates of the release statistics: 2 % bad outcomes, 40,000 decisions, alpha 5 %, a look at every event. With EMEND_SOAK=1 ten times as long.</summary>
public class Watching_a_canary_by_its_bad_outcomes(ITestOutputHelper output)
{
    private const int Day = 5_714; // decisions: 40,000 in seven days

    private static readonly int Runs = Soak.Trials(2_000, 20_000);

    private static double Bound(double alpha, int runs) => alpha + 3 * Math.Sqrt(alpha * (1 - alpha) / runs);

    private static CanaryWorld World(string name) => name switch
    {
        "half" => new() { Share = static _ => 0.5 },
        "tenth" => new(),
        // The base rate swings by 80 % over the day: it hits both arms and must cancel.
        "drift" => new() { Drift = static t => 1 + 0.8 * Math.Sin(2 * Math.PI * t / Day), MaxDrift = 1.8 },
        // It falls and the share rises: whoever compares late canary decisions with early stable ones sees a difference.
        "drift and ramp" => new() { Drift = static t => 1.8 - 1.6 * t / 40_000.0, MaxDrift = 1.8, Share = static t => t < 5_000 ? 0.01 : t < 15_000 ? 0.05 : t < 25_000 ? 0.25 : 0.5 },
        "ramp" => new() { Share = static t => t < 5_000 ? 0.01 : t < 15_000 ? 0.05 : 0.25 },
        // What went wrong is known at once, or up to three days later.
        "late news" => new() { Delay = 3 * Day },
        "late news, ramp" => new() { Delay = 3 * Day, Share = static t => t < 5_000 ? 0.01 : t < 15_000 ? 0.05 : 0.25 },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such world"),
    };

    [Theory]
    [InlineData("half")]
    [InlineData("tenth")]
    [InlineData("drift")]
    [InlineData("drift and ramp")]
    [InlineData("ramp")]
    [InlineData("late news")]
    [InlineData("late news, ramp")]
    public void takes_a_harmless_candidate_back_no_more_often_than_promised(string world)
    {
        const ulong seed = 20_261_122;
        var chance = new Chance(seed);
        var wrong = Enumerable.Range(0, Runs).Count(_ => World(world).UntilRollback(chance) is not null);
        output.WriteLine($"seed {seed}, {world}: {wrong} of {Runs} taken back");
        Assert.InRange((double)wrong / Runs, 0, Bound(0.05, Runs));
    }

    [Theory]
    [InlineData(2.0, 4_763)]
    [InlineData(3.0, 1_472)]
    [InlineData(5.0, 491)]
    public void takes_a_harmful_candidate_back_as_fast_as_the_reference(double risk, int reference)
    {
        const ulong seed = 7;
        var chance = new Chance(seed);
        var times = Enumerable.Range(0, Runs).Select(_ => (new CanaryWorld() with { Risk = risk }).UntilRollback(chance) ?? int.MaxValue).Order().ToArray();
        output.WriteLine($"seed {seed}, r = {risk}: median {times[Runs / 2]} decisions (reference {reference})");
        Assert.InRange(times[Runs / 2], 0.9 * reference, 1.1 * reference);
    }

    [Fact]
    public void notices_a_rate_half_as_high_again_as_often_as_the_reference()
    {
        const ulong seed = 8;
        var chance = new Chance(seed);
        var caught = Enumerable.Range(0, Runs).Count(_ => (new CanaryWorld() with { Risk = 1.5 }).UntilRollback(chance) is not null);
        output.WriteLine($"seed {seed}: {caught} of {Runs} (reference 87.0 %)");
        Assert.InRange((double)caught / Runs, 0.9 * 0.87, 1.1 * 0.87);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.1)]
    public void promotes_a_candidate_at_the_margin_no_more_often_than_promised(double share)
    {
        const ulong seed = 9;
        var chance = new Chance(seed);
        var world = new CanaryWorld { Risk = 1.25, Share = _ => share };
        var promoted = Enumerable.Range(0, Runs).Count(_ => world.UntilPromotion(chance) is not null);
        output.WriteLine($"seed {seed}, share {share}: {promoted} of {Runs} (reference 4.1 % at a half, 2.0 % at a tenth)");
        Assert.InRange((double)promoted / Runs, 0, Bound(0.05, Runs));
    }

    [Theory]
    [InlineData(0.5, 0.846)]
    [InlineData(0.1, 0.405)]
    public void promotes_an_equal_candidate_as_often_as_the_reference(double share, double reference)
    {
        const ulong seed = 10;
        var chance = new Chance(seed);
        var world = new CanaryWorld { Share = _ => share };
        var promoted = Enumerable.Range(0, Runs).Count(_ => world.UntilPromotion(chance) is not null);
        output.WriteLine($"seed {seed}, share {share}: {promoted} of {Runs} (reference {reference:P1})");
        Assert.InRange((double)promoted / Runs, 0.9 * reference, 1.1 * reference);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(10)]
    public void keeps_its_promise_over_all_guard_metrics_together(int metrics)
    {
        const ulong seed = 12;
        var (chance, world) = (new Chance(seed), new CanaryWorld());
        var runs = Runs / 2;
        var wrong = Enumerable.Range(0, runs).Count(_ => Enumerable.Range(0, metrics).Any(_ => world.UntilRollback(chance, metrics: metrics) is not null));
        var caught = Enumerable.Range(0, 200).Count(_ => (world with { Risk = 3 }).UntilRollback(chance, metrics: metrics) is not null);
        output.WriteLine($"seed {seed}, {metrics} metrics: {wrong} of {runs} taken back, {caught} of 200 when one is three times as bad");
        Assert.InRange((double)wrong / runs, 0, Bound(0.05, runs));
        Assert.InRange(caught, 190, 200);
    }

    [Fact]
    public void would_be_fooled_by_counting_decisions_instead_of_units()
    {
        // Negative control: ten decisions a unit, and units differ: one in fifty goes badly half of the time. Counting every bad
        // decision breaks the promise, counting the first of a unit keeps it.
        const ulong seed = 11;
        var chance = new Chance(seed);
        var runs = Runs / 4;
        var (byDecision, byUnit) = (0, 0);
        for (var run = 0; run < runs; run++)
        {
            var (decisions, units) = (new EProcess.Rollback(), new EProcess.Rollback());
            for (var unit = 0; unit < 4_000; unit++)
            {
                var (canary, isTroubled, known) = (chance.Is(0.1), chance.Is(0.04), false);
                if (!isTroubled) continue;
                for (var i = 0; i < 10; i++)
                {
                    if (!chance.Is(0.5)) continue;
                    decisions.Add(new(canary, 0.1));
                    if (!known) units.Add(new(canary, 0.1));
                    known = true;
                }
            }
            if (decisions.Demands(0.05)) byDecision++;
            if (units.Demands(0.05)) byUnit++;
        }
        output.WriteLine($"seed {seed}: by decision {byDecision}, by unit {byUnit} of {runs}");
        Assert.InRange((double)byUnit / runs, 0, Bound(0.05, runs));
        Assert.True((double)byDecision / runs > 2 * Bound(0.05, runs));
    }

    [Fact]
    public void says_nothing_before_the_first_event()
    {
        Assert.False(new EProcess.Rollback().Demands(0.05));
        Assert.False(new EProcess.Rollback().IsAlarming(0.05));
        Assert.False(new EProcess.Promotion().Allows(0.05));
    }

    [Fact]
    public void needs_more_evidence_the_more_metrics_are_watched()
    {
        var watch = new EProcess.Rollback();
        while (!watch.Demands(0.05)) watch.Add(new(true, 0.1));
        Assert.False(watch.Demands(0.05, metrics: 10_000));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void refuses_a_share_that_leaves_nothing_to_compare(double share) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new EProcess.Rollback().Add(new(true, share)));

    [Fact]
    public void stays_finite_over_a_million_events()
    {
        var watch = new EProcess.Rollback();
        for (var i = 0; i < 1_000_000; i++) watch.Add(new(i % 2 == 0, 0.1));
        Assert.True(double.IsFinite(watch.Log));
        Assert.True(watch.Demands(0.05));
    }
}
