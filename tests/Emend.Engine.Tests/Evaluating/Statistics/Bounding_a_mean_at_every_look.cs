using System.Globalization;
using Emend.Engine.Evaluating.Statistics;
using Emend.TestKit;
using Xunit.Abstractions;

namespace Emend.Engine.Tests.Evaluating.Statistics;

public class Bounding_a_mean_at_every_look(ITestOutputHelper output)
{
    private static double[] Stream(Chance chance, int n, int shape) => [.. Enumerable.Range(0, n).Select(_ => (shape, u: chance.Next()) switch
    {
        (0, var u) => u,
        (1, var u) => u < 0.1 ? 1 : 0,
        (2, var u) => u * u * u,
        (_, var u) => 0.5 + (u - 0.5) / 8,
    })];

    // Written by a second implementation of the two formulas, in another language: 1,000 random streams of four shapes.
    [Fact]
    public void agrees_with_the_kept_vectors()
    {
        using var reader = new StreamReader(typeof(Bounding_a_mean_at_every_look).Assembly.GetManifestResourceStream("confidence-sequences.csv")!);
        reader.ReadLine();
        var compared = 0;
        while (reader.ReadLine() is { } line)
        {
            var v = line.Split(',').Select(static cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray();
            var chance = new Chance((ulong)v[0]);
            var n = 10 + (int)(chance.Next() * 490);
            var shape = (int)(chance.Next() * 4);
            var alpha = new[] { 0.01, 0.05, 0.1, 0.2 }[(int)(chance.Next() * 4)];
            Assert.Equal((v[1], v[2], v[3]), (n, shape, alpha));
            var values = Stream(chance, n, shape);
            var bounded = new EmpiricalBernstein(alpha);
            foreach (var value in values) bounded.Add(value);
            var mean = values.Average();
            var variance = values.Sum(x => (x - mean) * (x - mean)) / n;
            Assert.Equal(v[4], bounded.Lower, 1e-9);
            Assert.Equal(v[5], bounded.Upper, 1e-9);
            Assert.Equal(v[6], AsymptoticSequence.TwoSided(variance, n, alpha), 1e-9);
            Assert.Equal(v[7], AsymptoticSequence.OneSided(variance, n, alpha), 1e-9);
            compared++;
        }
        Assert.Equal(1_000, compared);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.1)]
    [InlineData(2, 0.25)]
    public void misses_the_mean_at_any_look_no_more_often_than_promised(int shape, double mean)
    {
        const ulong seed = 21;
        var (chance, runs, missed) = (new Chance(seed), Soak.Trials(500, 5_000), 0);
        for (var run = 0; run < runs; run++)
        {
            var bounded = new EmpiricalBernstein(0.05);
            foreach (var value in Stream(chance, 1_000, shape)) bounded.Add(value);
            if (bounded.Lower > mean || bounded.Upper < mean) missed++;
        }
        output.WriteLine($"seed {seed}, shape {shape}: missed in {missed} of {runs}");
        Assert.InRange((double)missed / runs, 0, 0.05 + 3 * Math.Sqrt(0.05 * 0.95 / runs));
    }

    [Fact]
    public void says_nothing_before_the_first_value()
    {
        var bounded = new EmpiricalBernstein(0.05);
        Assert.Equal((0, 1), (bounded.Lower, bounded.Upper));
        Assert.Equal(double.PositiveInfinity, AsymptoticSequence.TwoSided(1, 0, 0.05));
        Assert.False(new MeanDifference().TwoSided(0.05).IsKnown);
    }

    [Theory]
    [InlineData(-0.001)]
    [InlineData(1.001)]
    [InlineData(double.NaN)]
    public void refuses_values_out_of_bounds(double value) => Assert.Throws<ArgumentOutOfRangeException>(() => new EmpiricalBernstein(0.05).Add(value));

    // The metric falls by the hour while the share grows: late canary units meet early stable ones.
    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void compares_arms_fairly_while_share_and_metric_move(double effect)
    {
        const ulong seed = 22;
        var (chance, runs, missed, plain) = (new Chance(seed), Soak.Trials(300, 3_000), 0, 0.0);
        for (var run = 0; run < runs; run++)
        {
            var difference = new MeanDifference();
            var isMissed = false;
            for (var i = 0; i < 4_000; i++)
            {
                var share = i < 1_500 ? 0.05 : i < 3_000 ? 0.25 : 0.5;
                var isCanary = chance.Is(share);
                difference.Add(isCanary, share, 3 - i / 2_000.0 + chance.Next() + (isCanary ? effect : 0));
                if (i % 100 == 99 && difference.TwoSided(0.05) is { IsKnown: true } interval) isMissed |= interval.Lower > effect || interval.Upper < effect;
            }
            if (isMissed) missed++;
            plain += (difference.Canary.Mean - difference.Stable.Mean) / runs;
        }
        output.WriteLine($"seed {seed}, effect {effect}: missed in {missed} of {runs}; the plain difference of means is {plain:0.00}");
        Assert.InRange((double)missed / runs, 0, 0.05 + 3 * Math.Sqrt(0.05 * 0.95 / runs));
        Assert.True(Math.Abs(plain - effect) > 0.3, "the plain difference was to be misled");
    }
}
