using Emend.Engine.Evaluating.Statistics;
using Emend.TestKit;
using Xunit.Abstractions;

namespace Emend.Engine.Tests.Releasing;

public class Checking_that_units_fall_as_planned(ITestOutputHelper output)
{
    private const int Units = 100_000;

    private static int? BrokenAt(Chance chance, double planned, double real, int units = Units)
    {
        var ratio = new SampleRatio();
        for (var i = 1; i <= units; i++)
        {
            ratio.Add(chance.Is(real), planned, i);
            if (ratio.BrokenAt is { } at) return (int)at;
        }
        return null;
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.1)]
    public void does_not_cry_over_a_sound_ratio(double share)
    {
        const ulong seed = 31;
        var (chance, runs) = (new Chance(seed), Soak.Trials(300, 2_000));
        var wrong = Enumerable.Range(0, runs).Count(_ => BrokenAt(chance, share, share) is not null);
        output.WriteLine($"seed {seed}: {wrong} of {runs} streams of {Units} units called broken (reference 4 of 2,000)");
        Assert.InRange((double)wrong / runs, 0, 0.001 + 3 * Math.Sqrt(0.001 * 0.999 / runs));
    }

    [Fact]
    public void notices_51_to_49()
    {
        const ulong seed = 32;
        var (chance, runs) = (new Chance(seed), Soak.Trials(150, 2_000));
        var times = Enumerable.Range(0, runs).Select(_ => BrokenAt(chance, 0.5, 0.51)).OfType<int>().ToList();
        output.WriteLine($"seed {seed}: {times.Count} of {runs}, mean {times.Average():0} units (reference 98 %, 45,000)");
        Assert.InRange((double)times.Count / runs, 0.9 * 0.98, 1);
        Assert.InRange(times.Average(), 0.9 * 45_000, 1.1 * 45_000);
    }

    [Fact]
    public void notices_55_to_45_soon()
    {
        const ulong seed = 33;
        var chance = new Chance(seed);
        var times = Enumerable.Range(0, 500).Select(_ => BrokenAt(chance, 0.5, 0.55) ?? Units).ToList();
        output.WriteLine($"seed {seed}: mean {times.Average():0} units (reference 1,700)");
        Assert.InRange(times.Average(), 0.9 * 1_700, 1.1 * 1_700);
    }

    // [Gamma(a0) / Gamma(a0 + n)] Prod Gamma(a_i + S_i) / Gamma(a_i) rho_i^-S_i with a_i = 100 rho_i, worked out for 3 of 7 units at a quarter.
    [Fact]
    public void is_the_statistic_of_the_paper()
    {
        var ratio = new SampleRatio();
        foreach (var inCanary in new[] { true, false, true, false, false, true, false }) ratio.Add(inCanary, 0.25);
        var (up, down) = (25.0 * 26 * 27 * 75 * 76 * 77 * 78, 100.0 * 101 * 102 * 103 * 104 * 105 * 106);
        Assert.Equal(Math.Log(up / down / Math.Pow(0.25, 3) / Math.Pow(0.75, 4)), ratio.Log, 1e-12);
        Assert.Equal((3, 7, 1.75), (ratio.InCanary, ratio.All, ratio.Expected));
    }

    [Fact]
    public void is_not_misled_by_a_growing_share()
    {
        const ulong seed = 34;
        var (chance, runs, wrong) = (new Chance(seed), Soak.Trials(300, 2_000), 0);
        for (var run = 0; run < runs; run++)
        {
            var ratio = new SampleRatio();
            for (var i = 0; i < 20_000; i++)
            {
                var share = i < 5_000 ? 0.01 : i < 10_000 ? 0.05 : i < 15_000 ? 0.25 : 0.5;
                ratio.Add(chance.Is(share), share);
            }
            if (ratio.IsBroken) wrong++;
        }
        output.WriteLine($"seed {seed}: {wrong} of {runs}");
        Assert.InRange(wrong, 0, 2);
    }

    // What the canary does is known a day later than what the stable arm does: the counts of bad outcomes would flatter it.
    [Fact]
    public void notices_that_one_arm_reports_late()
    {
        const ulong seed = 35;
        const int late = 5_714;
        var (chance, caught, flattered) = (new Chance(seed), 0, 0);
        for (var run = 0; run < 100; run++)
        {
            var ratio = new SampleRatio();
            var promotion = new EProcess.Promotion();
            // Seen after 20,000 decisions.
            for (var i = 0; i < 20_000; i++)
            {
                var isCanary = chance.Is(0.5);
                var isBad = chance.Is(0.02 * (isCanary ? 1.25 : 1));
                if (isCanary && i > 20_000 - late) continue;
                ratio.Add(isCanary, 0.5);
                if (isBad) promotion.Add(new(isCanary, 0.5));
            }
            if (ratio.IsBroken) caught++;
            if (promotion.Allows(0.05)) flattered++;
        }
        output.WriteLine($"seed {seed}: caught {caught}, would have been let through {flattered} of 100");
        Assert.Equal(100, caught);
        Assert.True(flattered > 20, "the delay was to flatter the candidate");
    }
}
