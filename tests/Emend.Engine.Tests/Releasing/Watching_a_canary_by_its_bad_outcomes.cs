using Emend.Engine.Releasing;
using Xunit.Abstractions;

namespace Emend.Engine.Tests.Releasing;

public class Watching_a_canary_by_its_bad_outcomes(ITestOutputHelper output)
{
    private const double BaseRate = 0.02;
    private const int Horizon = 40_000;

    private sealed record Run(bool RolledBack, bool Promoted, int Decisions);

    /// <summary>Decisions until rollback (or the horizon), one decision per unit.</summary>
    private static Run Simulate(Random random, double risk, Func<int, double> shareAt, Func<int, double>? drift = null, bool untilPromoted = false)
    {
        var rollback = new EProcess.Rollback();
        var promotion = new EProcess.Promotion();
        for (var i = 0; i < Horizon; i++)
        {
            var share = shareAt(i);
            var canary = random.NextDouble() < share;
            var rate = BaseRate * (drift?.Invoke(i) ?? 1) * (canary ? risk : 1);
            if (random.NextDouble() >= rate) continue;
            rollback.Add(new(canary, share));
            promotion.Add(new(canary, share));
            if (untilPromoted ? promotion.Allows(0.05) : rollback.Demands(0.05)) return new(rollback.Demands(0.05), promotion.Allows(0.05), i + 1);
        }
        return new(rollback.Demands(0.05), promotion.Allows(0.05), Horizon);
    }

    private static double Bound(double alpha, int runs) => alpha + 3 * Math.Sqrt(alpha * (1 - alpha) / runs);

    public static TheoryData<string> Nulls() => ["half", "tenth", "drift", "ramp"];

    [Theory, MemberData(nameof(Nulls))]
    public void takes_a_harmless_candidate_back_no_more_often_than_promised(string world)
    {
        const int seed = 20_261_122, runs = 600;
        var random = new Random(seed);
        var wrong = 0;
        for (var i = 0; i < runs; i++)
        {
            var run = world switch
            {
                "half" => Simulate(random, 1, static _ => 0.5),
                "tenth" => Simulate(random, 1, static _ => 0.1),
                // The base rate swings by 80 % over the day: it hits both arms and must cancel.
                "drift" => Simulate(random, 1, static _ => 0.1, static t => 1 + 0.8 * Math.Sin(t / 2_000.0)),
                _ => Simulate(random, 1, static t => t < 5_000 ? 0.01 : t < 15_000 ? 0.05 : 0.25),
            };
            if (run.RolledBack) wrong++;
        }
        output.WriteLine($"seed {seed}, {world}: {wrong} of {runs} taken back");
        Assert.InRange((double)wrong / runs, 0, Bound(0.05, runs));
    }

    [Theory]
    [InlineData(2.0, 4_763)]
    [InlineData(5.0, 491)]
    public void takes_a_harmful_candidate_back_about_as_fast_as_the_reference(double risk, int reference)
    {
        const int seed = 7, runs = 400;
        var random = new Random(seed);
        var times = Enumerable.Range(0, runs).Select(_ => Simulate(random, risk, static _ => 0.1).Decisions).Order().ToArray();
        var median = times[runs / 2];
        output.WriteLine($"seed {seed}, r = {risk}: median {median} decisions (reference {reference}, which looks every 400)");
        // The reference looks every 400 decisions, this one at every event: at r = 5 that is worth up to one look.
        Assert.InRange(median, reference - 400 - 0.1 * reference, 1.1 * reference);
    }

    [Fact]
    public void notices_a_rate_half_as_high_again_in_most_cases()
    {
        const int seed = 8, runs = 300;
        var random = new Random(seed);
        var caught = Enumerable.Range(0, runs).Count(_ => Simulate(random, 1.5, static _ => 0.1).RolledBack);
        output.WriteLine($"seed {seed}: {caught} of {runs} (reference 87 %)");
        Assert.InRange((double)caught / runs, 0.87 - 0.08, 1);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.1)]
    public void promotes_a_candidate_at_the_margin_no_more_often_than_promised(double share)
    {
        const int seed = 9, runs = 600;
        var random = new Random(seed);
        var promoted = Enumerable.Range(0, runs).Count(_ => Simulate(random, 1.25, _ => share, untilPromoted: true).Promoted);
        output.WriteLine($"seed {seed}, share {share}: {promoted} of {runs}");
        Assert.InRange((double)promoted / runs, 0, Bound(0.05, runs));
    }

    [Fact]
    public void promotes_an_equal_candidate_in_most_cases_at_even_split()
    {
        const int seed = 10, runs = 300;
        var random = new Random(seed);
        var promoted = Enumerable.Range(0, runs).Count(_ => Simulate(random, 1, static _ => 0.5, untilPromoted: true).Promoted);
        output.WriteLine($"seed {seed}: {promoted} of {runs} (reference 84.6 %)");
        Assert.InRange((double)promoted / runs, 0.846 - 0.08, 1);
    }

    [Fact]
    public void would_be_fooled_by_counting_decisions_instead_of_units()
    {
        // Negative control: ten decisions a unit, one unit in fifty always bad. Counting each decision breaks the promise,
        // counting the first bad outcome of a unit keeps it.
        const int seed = 11, runs = 400;
        var random = new Random(seed);
        var (byDecision, byUnit) = (0, 0);
        for (var run = 0; run < runs; run++)
        {
            var decisions = new EProcess.Rollback();
            var units = new EProcess.Rollback();
            for (var unit = 0; unit < 4_000; unit++)
            {
                var canary = random.NextDouble() < 0.1;
                if (random.NextDouble() >= 0.02) continue;
                units.Add(new(canary, 0.1));
                for (var i = 0; i < 10; i++) decisions.Add(new(canary, 0.1));
            }
            if (decisions.Demands(0.05)) byDecision++;
            if (units.Demands(0.05)) byUnit++;
        }
        output.WriteLine($"seed {seed}: by decision {byDecision}, by unit {byUnit} of {runs}");
        Assert.InRange((double)byUnit / runs, 0, Bound(0.05, runs));
        Assert.True((double)byDecision / runs > 0.15);
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
