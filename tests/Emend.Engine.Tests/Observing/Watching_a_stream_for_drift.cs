using Emend.Engine.Evaluating.Statistics;
using Emend.Engine.Observing.Drift;
using Emend.Logic;
using Emend.TestKit;
using Xunit.Abstractions;

namespace Emend.Engine.Tests.Observing;

public class Watching_a_stream_for_drift(ITestOutputHelper output)
{
    [Theory]
    [InlineData(0.05, 2.0, 220)]
    [InlineData(0.10, 1.5, 340)]
    [InlineData(0.10, 2.0, 120)]
    [InlineData(0.20, 2.0, 66)]
    public void notices_more_errors_as_soon_as_the_reference(double tolerated, double multiple, double limit)
    {
        const ulong seed = 51;
        var (chance, runs, sum, missed) = (new Chance(seed), Soak.Trials(200, 2_000), 0L, 0);
        for (var run = 0; run < runs; run++)
        {
            var detector = new ShiryaevRoberts(tolerated);
            for (var i = 0; i < 500; i++) detector.Add(chance.Is(tolerated));
            var at = Enumerable.Range(1, 2_000).FirstOrDefault(_ =>
            {
                detector.Add(chance.Is(tolerated * multiple));
                return detector.Evidence >= DriftPolicy.Default.Alarm;
            });
            if (at == 0) missed++;
            sum += at;
        }
        output.WriteLine($"seed {seed}: {(double)sum / (runs - missed):0} cases, {missed} of {runs} missed");
        Assert.InRange((double)sum / (runs - missed), 0, limit);
        Assert.InRange(missed, 0, runs / 100);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.10)]
    [InlineData(0.20)]
    public void seldom_cries_while_nothing_changes(double rate)
    {
        const ulong seed = 52;
        var (chance, cases, alarms, adwin, detector) = (new Chance(seed), Soak.Trials(200_000, 4_000_000), 0, new Adwin(), new ShiryaevRoberts(rate));
        for (var i = 0; i < cases; i++)
        {
            var isWrong = chance.Is(rate);
            adwin.Add(isWrong ? 1 : 0);
            detector.Add(isWrong);
            if (detector.Evidence < DriftPolicy.Default.Alarm) continue;
            alarms++;
            detector = new(rate);
        }
        output.WriteLine($"seed {seed}: {alarms * 10_000.0 / cases:0.00} false alarms per 10,000, ADWIN {adwin.Changes}");
        Assert.InRange(alarms * 10_000.0 / cases, 0, 1.2);
        Assert.InRange(adwin.Changes, 0, 1);
    }

    [Fact]
    public void weighs_cases_by_the_probability_with_which_they_were_audited()
    {
        // One half is wrong three times in ten and audited often, the other hardly ever: the rate of all decisions is 16 %, that of the audited ones 28 %.
        const ulong seed = 53;
        var chance = new Chance(seed);
        var (fair, naive) = (new ShiryaevRoberts(0.2, leastPropensity: 0.05), new ShiryaevRoberts(0.2));
        for (var i = 0; i < 20_000; i++)
        {
            var isHard = chance.Is(0.5);
            var propensity = isHard ? 0.5 : 0.05;
            if (!chance.Is(propensity)) continue;
            var isWrong = chance.Is(isHard ? 0.3 : 0.02);
            fair.Add(isWrong, propensity);
            naive.Add(isWrong);
        }
        // Its mean after n cases is n at most where the rate is tolerated: a stream in twenty gets above 20 n.
        Assert.True(fair.Highest < 20 * fair.Count, "the rate is tolerated");
        Assert.True(naive.Highest > 1e6, "counting audited cases alike was to be misled");
    }

    [Fact]
    public void notices_a_change_in_either_direction()
    {
        var (chance, adwin) = (new Chance(54), new Adwin());
        for (var i = 0; i < 2_000; i++) adwin.Add(chance.Is(0.4) ? 1 : 0);
        for (var i = 0; i < 1_000; i++) adwin.Add(chance.Is(0.1) ? 1 : 0);
        Assert.Equal(1, adwin.Changes);
        Assert.InRange(adwin.Before!.Value, 0.3, 0.5);
        Assert.InRange(adwin.Mean, 0.05, 0.16);
        Assert.True(adwin.Width < 1_200);
    }

    [Fact]
    public void says_nothing_of_a_stream_it_could_not_calibrate()
    {
        var stream = new DriftStream(StreamKind.Agent, "", DriftPolicy.Default, 1);
        for (var i = 0; i < 299; i++) stream.Add(new(i, $"d-{i}", IsWrong: true));
        Assert.Null(stream.Finding().Tolerated);
        Assert.Empty(stream.Finding().Alarms);
    }

    [Fact]
    public void raises_one_alarm_for_one_rise_and_another_for_the_next()
    {
        var (chance, stream, at) = (new Chance(55), new DriftStream(StreamKind.Agent, "", DriftPolicy.Default, 1), 0);
        Feed(600, 0.05);
        Feed(150, 0.5);
        Assert.Single(stream.Finding().Alarms);
        Assert.True(stream.Finding().IsAlarmed);
        Feed(3_000, 0.02);
        Assert.False(stream.Finding().IsAlarmed);
        Feed(150, 0.5);
        Assert.Equal(2, stream.Finding().Alarms.Length);

        void Feed(int cases, double rate)
        {
            for (var i = 0; i < cases; i++) stream.Add(new(at, $"d-{at++}", chance.Is(rate)));
        }
    }

    [Theory]
    [InlineData(1, 0.001, 10.8276)]
    [InlineData(9, 0.001, 27.8772)]
    [InlineData(4, 0.05, 9.4877)]
    [InlineData(30, 0.0001, 67.6326)]
    public void knows_the_chi_square_distribution(int degrees, double tail, double value)
    {
        Assert.Equal(value, ChiSquare.Exceeded(tail, degrees), 1e-3);
        Assert.Equal(1 - tail, ChiSquare.Below(value, degrees), 1e-5);
    }

    private static List<Context> Inputs(Chance chance, int count, double gold, double mean, double unseen = 0) => [.. Enumerable.Range(0, count).Select(_ => Context.Of(
    [
        new("tier", FeatureValue.Of(chance.Is(unseen) ? "platinum" : chance.Is(gold) ? "gold" : "basic")),
        new("amount", FeatureValue.Of(mean + 100 * chance.Next())),
        new("ticket", FeatureValue.Of("t-" + chance.NextBits())),
    ]))];

    [Fact]
    public void finds_inputs_that_shifted_and_leaves_the_others()
    {
        var chance = new Chance(56);
        var shifted = InputShift.Compare(Inputs(chance, 1_000, 0.3, 0), Inputs(chance, 1_000, 0.6, 40, unseen: 0.05)).Where(static shift => shift.IsShift).Select(static shift => (shift.Feature, shift.Test)).ToList();
        Assert.Equal([("amount", "ks"), ("tier", "new-values"), ("tier", "psi")], shifted.Order());
    }

    [Fact]
    public void calls_no_input_shifted_that_is_not_however_few_there_are()
    {
        const ulong seed = 57;
        var (chance, wrong, runs) = (new Chance(seed), 0, 300);
        for (var run = 0; run < runs; run++)
            if (InputShift.Compare(Inputs(chance, 120, 0.3, 0), Inputs(chance, 120, 0.3, 0)).Any(static shift => shift.IsShift)) wrong++;
        output.WriteLine($"seed {seed}: {wrong} of {runs}");
        Assert.InRange(wrong, 0, 3);
        Assert.Empty(InputShift.Compare(Inputs(chance, 50, 0.3, 0), Inputs(chance, 50, 0.9, 90)));
    }
}
