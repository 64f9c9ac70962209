using Emend.Engine.Observing.Alerts;
using Xunit.Abstractions;

namespace Emend.Engine.Tests.Observing;

public class Noticing_that_an_agent_is_corrected_more(ITestOutputHelper output)
{
    private static readonly CorrectionRatePolicy Policy = new();

    /// <summary>Watches a stream decision by decision, as a sliding window, and says after how many it alarmed.</summary>
    private static int? Alarm(Random random, Func<int, double> rate, int length, int every = 50)
    {
        var stream = new bool[length];
        for (var i = 0; i < length; i++) stream[i] = random.NextDouble() < rate(i);
        for (var seen = Policy.Least; seen <= length; seen += every)
        {
            var window = stream.AsSpan(Math.Max(0, seen - Policy.Window), Math.Min(seen, Policy.Window));
            if (CorrectionRate.Look(window, Policy) is { } finding && finding.Evidence >= Policy.Threshold) return seen;
        }
        return null;
    }

    [Fact]
    public void alarms_on_a_steady_rate_no_more_often_than_promised()
    {
        const int seed = 20_261_122, runs = 100, length = 4_000;
        var random = new Random(seed);
        var alarms = Enumerable.Range(0, runs).Count(_ => Alarm(random, static _ => 0.1, length) is not null);
        output.WriteLine($"seed {seed}: {alarms} of {runs} streams of {length}");
        // A mean run of 10,000 decisions or more: fewer than 4,000/10,000 of the streams, plus chance.
        Assert.InRange((double)alarms / runs, 0, 0.4);
    }

    [Theory]
    [InlineData(2.0, 500)]
    [InlineData(3.0, 200)]
    public void alarms_soon_after_a_rise(double risk, int within)
    {
        const int seed = 5, runs = 60, change = 3_000;
        var random = new Random(seed);
        var delays = Enumerable.Range(0, runs).Select(_ => Alarm(random, i => i < change ? 0.1 : 0.1 * risk, change + 2_000))
            .Select(static at => at is { } seen && seen > change ? seen - change : int.MaxValue).Order().ToArray();
        output.WriteLine($"seed {seed}, {risk} times as often: median {delays[runs / 2]} decisions");
        Assert.InRange(delays[runs / 2], 1, within);
    }

    [Fact]
    public void says_nothing_about_too_few_decisions_or_an_agent_that_is_always_corrected()
    {
        Assert.Null(CorrectionRate.Look(new bool[Policy.Least - 1], Policy));
        Assert.Null(CorrectionRate.Look(Enumerable.Repeat(true, 1_000).ToArray(), Policy));
    }

    [Fact]
    public void needs_more_evidence_the_more_agents_are_watched()
    {
        CorrectionRateFinding rose = new(15_000, 0.1, 50, 500);
        Assert.Single(Judge(("a", rose)).Holding);
        Assert.Empty(Judge(("a", rose), ("b", rose with { Evidence = 0 })).Holding);
    }

    private static AlertFindings Judge(params (string, CorrectionRateFinding)[] rates) =>
        AlertRules.Judge(new() { Now = 0, Rates = [.. rates] }, AlertPolicy.Default, static (_, _) => false);
}
