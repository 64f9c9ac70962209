using Emend.Engine.Evaluating.Statistics;
using Emend.Engine.Observing;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.TestKit;
using static Emend.Engine.Tests.Evaluating.Cases;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Releasing;

public class Weighing_a_release_by_its_metrics
{

    private static ReleasePolicy Even(string[]? guards = null, string[]? success = null, string[]? tripwires = null) => ReleasePolicy.Default with
    {
        StepsBp = [5_000, 10_000], MinJudged = 0, MinExposed = 1, Soak = TimeSpan.Zero,
        Guards = [.. (guards ?? []).Select(Metric)], Success = [.. (success ?? []).Select(Metric)],
        Tripwires = [.. (tripwires ?? []).Select(static text => Tripwire.Parse(text, out _)!)],
    };

    private static WatchedMetric Metric(string text) => WatchedMetric.Parse(text, out var problem) ?? throw new InvalidOperationException(problem);

    private static async Task<(Registry At, List<ServedDecision> Served)> RunningAsync(ReleasePolicy policy, int units = 2_000)
    {
        var at = await OpenAsync(steps: policy);
        Granted(await at.StartAsync(await at.ApprovedAsync(Bundle(Override("x", "b")))));
        var served = new List<ServedDecision>();
        await at.ServeAsync(Enumerable.Range(0, units).Select(i => Decision(100_000 + i, "a", "x", subject: $"cust-{i}")), served.Add);
        return (at, served);
    }

    private static ReleaseReport Report(Registry at, IEnumerable<Judgement> judgements)
    {
        var board = at.Board;
        return ReleaseReport.Of(board, new ReleaseAnalysis(at.At.Store).Of(board.Current!, judgements), Microseconds.Of(at.Clock.Now));
    }

    [Fact]
    public async Task takes_it_back_for_any_guard_metric()
    {
        var (at, served) = await RunningAsync(Even(guards: ["reopened", "csat<=2"]));
        await using var closing = at;
        var judgements = served.Where(static one => one.Arm == Arm.Canary).Take(40).Select((one, i) => Judgement.Of(one.Decision.Id, "csat", 1, i)).ToList();

        var report = Report(at, judgements);
        Assert.Equal((ReleaseStanding.TakeBack, "release.guard-red"), (report.Standing, report.Code));
        Assert.Contains("csat", report.Why, StringComparison.Ordinal);
        Assert.Equal(60, report.RollbackLine, 1e-9);
        Assert.True((await at.Watcher.LookAsync("router", judgements, CancellationToken.None))!.TakenBack);
    }

    [Fact]
    public async Task takes_it_back_for_a_mean_that_is_worse_at_every_look()
    {
        var (at, served) = await RunningAsync(Even(guards: ["latency:low:0..1000:50"]));
        await using var closing = at;
        var chance = new Chance(3);
        Judgement Latency(ServedDecision one, double extra) => Judgement.Of(one.Decision.Id, "latency", 300 + 200 * chance.Next() + (one.Arm == Arm.Canary ? extra : 0), one.Decision.OccurredAt);

        Assert.Equal(ReleaseStanding.TakeBack, Report(at, served.Select(one => Latency(one, 80)).ToList()).Standing);
        var equal = Report(at, served.Select(one => Latency(one, 0)).ToList());
        Assert.Equal(ReleaseStanding.Gathering, equal.Standing);
        var latency = equal.Metrics.Single(static metric => metric.Name == "latency");
        Assert.True(latency.IsShown, "within the margin");
        Assert.InRange(0, latency.Interval.Lower, latency.Interval.Upper);
    }

    [Fact]
    public async Task ships_an_a_b_test_only_when_a_success_metric_is_shown_better()
    {
        var (at, served) = await RunningAsync(Even(success: ["csat:high:1..5"]));
        await using var closing = at;
        var chance = new Chance(4);
        // Enough went wrong in the stable arm to show that the candidate is harmless.
        var wrong = served.Where(static one => one.Arm == Arm.Stable).Take(60).Select(static (one, i) => Judgement.Of(one.Decision.Id, new("else"), null, i)).ToList();
        List<Judgement> Rated(double better) => [.. wrong, .. served.Select(one => Judgement.Of(one.Decision.Id, "csat", 1 + 3 * chance.Next() + (one.Arm == Arm.Canary ? better : 0), one.Decision.OccurredAt))];

        Assert.Equal("release.not-shown-better", Report(at, Rated(0)).Code);
        Assert.Equal("release.not-shown-better", RefusedAs(await at.AdvanceAsync(Rated(0), withoutProof: false)));
        Assert.Equal(ReleaseStanding.MayAdvance, Report(at, Rated(0.6)).Standing);
        Assert.True(Granted(await at.AdvanceAsync(Rated(0.6), withoutProof: false)) is { Completes: true, HasProof: true });
    }

    [Fact]
    public async Task needs_no_statistics_for_a_tripwire()
    {
        var (at, served) = await RunningAsync(Even(tripwires: ["leaked*2"]));
        await using var closing = at;
        var canary = served.Where(static one => one.Arm == Arm.Canary).Take(2).Select(static one => Judgement.Of(one.Decision.Id, "leaked", 1, 1)).ToList();
        var stable = served.Where(static one => one.Arm == Arm.Stable).Take(5).Select(static one => Judgement.Of(one.Decision.Id, "leaked", 1, 1)).ToList();

        Assert.NotEqual(ReleaseStanding.TakeBack, Report(at, [canary[0], .. stable]).Standing);
        Assert.Equal(ReleaseStanding.TakeBack, Report(at, canary).Standing);
        Assert.True((await at.Watcher.LookAsync("router", canary, CancellationToken.None))!.TakenBack);
    }

    [Fact]
    public async Task holds_when_units_do_not_fall_as_planned()
    {
        var (at, served) = await RunningAsync(Even());
        await using var closing = at;
        Assert.False(Report(at, []).Evidence.Units.IsBroken);
        // The canary's records of a day are lost.
        await at.At.Store.WriteAsync(static work => work.Command("DELETE FROM exposure WHERE arm = 1 AND substr(decision, -1) IN ('1', '2', '3', '4')").ExecuteNonQuery(), CancellationToken.None);

        Assert.Equal((ReleaseStanding.Hold, "release.sample-ratio"), (Report(at, []).Standing, Report(at, []).Code));
        Assert.Equal("release.sample-ratio", RefusedAs(await at.AdvanceAsync(withoutProof: false)));
        Assert.False((await at.Watcher.LookAsync("router", [], CancellationToken.None))!.TakenBack);
        Assert.Equal("release.sample-ratio", at.Board.Current!.HeldFor);
        var entries = at.At.Store.Entries().Count();
        await at.Watcher.LookAsync("router", [], CancellationToken.None);
        Assert.Equal(entries, at.At.Store.Entries().Count());
    }

    [Fact]
    public async Task holds_when_the_truth_becomes_known_of_one_arm_only()
    {
        var (at, served) = await RunningAsync(Even());
        await using var closing = at;
        var late = served.Where(static one => one.Arm == Arm.Stable).Select(static (one, i) => Judgement.Of(one.Decision.Id, one.Final, null, i) with { IsRevealed = true }).ToList();
        Assert.Equal("release.reports-lopsided", Report(at, late).Code);
        Assert.NotEqual("release.reports-lopsided", Report(at, served.Select(static (one, i) => Judgement.Of(one.Decision.Id, one.Final, null, i) with { IsRevealed = true }).ToList()).Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public async Task ends_in_a_persons_hands_without_traffic_or_without_events(int units)
    {
        var (at, _) = await RunningAsync(Even(), units);
        await using var closing = at;
        Assert.Equal(ReleaseStanding.Gathering, Report(at, []).Standing);
        at.Clock.Move(TimeSpan.FromDays(7));

        Assert.Equal((ReleaseStanding.Hold, "release.over-horizon"), (Report(at, []).Standing, Report(at, []).Code));
        Assert.False((await at.Watcher.LookAsync("router", [], CancellationToken.None))!.TakenBack);
        Assert.Equal("release.over-horizon", at.Board.Current!.HeldFor);
    }

    [Fact]
    public async Task holds_after_so_many_decisions_too()
    {
        var (at, _) = await RunningAsync(Even() with { HorizonDecisions = 500 }, 600);
        await using var closing = at;
        Assert.Equal("release.over-horizon", Report(at, []).Code);
    }

    [Fact]
    public async Task keeps_the_holdback_out_of_both_arms()
    {
        var (at, served) = await RunningAsync(Even() with { HoldbackBp = 1_000 }, 3_000);
        await using var closing = at;
        var held = served.Where(static one => one.Arm == Arm.Holdback).ToList();
        Assert.InRange(held.Count, 220, 380);
        Assert.All(held, static one => Assert.Equal(("a", false), (one.Final!.Label, one.IsChanged)));
        var evidence = Report(at, []).Evidence;
        Assert.Equal(3_000 - held.Count, evidence.Canary.Units + evidence.Stable.Units);
        Assert.Equal(1_000, at.Board.HoldbackBp);
    }

    [Theory]
    [InlineData("reopened", "reopened>=1")]
    [InlineData("csat<=2", "csat<=2")]
    [InlineData("latency_ms:low:0..8000", "latency_ms:low:0..8000:400")]
    [InlineData("csat:high:1..5:0.5:exact", "csat:high:1..5:0.5:exact")]
    [InlineData("accuracy", "accuracy")]
    public void reads_metrics_as_they_are_written(string text, string canonical)
    {
        Assert.Equal(canonical, Metric(text).ToString());
        Assert.Equal(Metric(text), Metric(canonical));
    }

    [Theory]
    [InlineData("")]
    [InlineData("wrong")]
    [InlineData("a b")]
    [InlineData("csat<2")]
    [InlineData("csat>=x")]
    [InlineData("csat:high:5..1")]
    [InlineData("csat:up:1..5")]
    [InlineData("csat:high:1..5:-1")]
    public void says_what_is_wrong_with_a_metric(string text)
    {
        Assert.Null(WatchedMetric.Parse(text, out var problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void reads_back_the_metrics_of_a_policy()
    {
        var policy = Even(["reopened", "latency:low:0..1000:50"], ["accuracy"], ["leaked*2"]) with { HoldbackBp = 100, HorizonDecisions = 9, Horizon = TimeSpan.FromHours(3) };
        Assert.Equal(policy.Canonical(), ReleasePolicy.Parse(policy.Canonical()).Canonical());
        Assert.Empty(policy.Problems());
        Assert.Equal(["metric csat is named twice"], Even(["csat<=2"], ["csat:high:1..5"]).Problems());
    }

    [Fact]
    public void bounds_the_relative_risk_at_every_look()
    {
        const ulong seed = 41;
        var (chance, runs, missed) = (new Chance(seed), Soak.Trials(300, 3_000), 0);
        for (var run = 0; run < runs; run++)
        {
            var (risk, isMissed) = (new RelativeRisk(), false);
            var events = (new CanaryWorld() with { Risk = 2, Share = static t => t < 10_000 ? 0.05 : 0.25, Horizon = 20_000 }).Events(chance);
            for (var i = 0; i < events.Count; i++)
            {
                risk.Add(events[i].Bad);
                if (i % 40 == 39) isMissed |= risk.Within(0.05) is var interval && (interval.Lower > 2 || interval.Upper < 2);
            }
            if (isMissed) missed++;
        }
        Assert.InRange((double)missed / runs, 0, 0.05 + 3 * Math.Sqrt(0.05 * 0.95 / runs));
    }

}
