using Emend.Engine.Evaluating.Statistics;
using Emend.Engine.Releasing;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Releasing;

public class Widening_a_release
{
    private const long Start = 1_000_000_000_000;
    private static readonly long Hour = (long)TimeSpan.FromHours(1).TotalMicroseconds;

    private static AgentBoard BoardAt(int shareBp, bool paused = false, bool killed = false) => new()
    {
        Agent = "router",
        Served = "old",
        IsKilled = killed,
        Current = new()
        {
            Id = "router-1", Candidate = "new", Replaces = "old", Salt = "s", Policy = ReleasePolicy.Default, Share = TrafficShare.FromBasisPoints(shareBp),
            IsPaused = paused, By = "otto", StartedAt = Start, StepStartedAt = Start,
        },
    };

    private static ReleaseEvidence Seen(long exposed, long judged, int badCanary = 0, int badStable = 0)
    {
        var evidence = new ReleaseEvidence(exposed, judged, new(), new());
        for (var i = 0; i < Math.Max(badCanary, badStable); i++)
        {
            if (i < badStable) Add(new(false, 0.1));
            if (i < badCanary) Add(new(true, 0.1));
        }
        return evidence;

        void Add(BadEvent bad)
        {
            evidence.Rollback.Add(bad);
            evidence.Promotion.Add(bad);
        }
    }

    private static Answer<ReleaseAdvanced> Advance(AgentBoard board, ReleaseEvidence evidence, long at = 0, Actor? by = null, bool withoutProof = false) =>
        AdvanceRelease.Decide(new(board, null), evidence, new("router", withoutProof, by ?? Operator), "otto", at == 0 ? Start + Hour : at);

    [Theory]
    [InlineData(0, 100)]
    [InlineData(100, 500)]
    [InlineData(500, 2_500)]
    public void goes_one_step_at_a_time(int from, int to)
    {
        var advanced = Granted(Advance(BoardAt(from), Seen(20, 5)));
        Assert.Equal((from, to, false), (advanced.From.BasisPoints, advanced.To.BasisPoints, advanced.Completes));
    }

    [Fact]
    public void waits_until_the_step_has_soaked()
    {
        Assert.Equal("release.still-soaking", RefusedAs(Advance(BoardAt(100), Seen(20, 5), Start + Hour - 1)));
        Granted(Advance(BoardAt(100), Seen(20, 5), Start + Hour));
    }

    [Theory]
    [InlineData(0, 0, 100)]
    [InlineData(19, 5, 100)]
    [InlineData(20, 4, 100)]
    [InlineData(19, 0, 0)]
    public void never_widens_without_data(long exposed, long judged, int share) => Assert.Equal("release.no-data", RefusedAs(Advance(BoardAt(share), Seen(exposed, judged), withoutProof: true)));

    [Fact]
    public void does_not_ask_the_shadow_for_outcomes_it_cannot_have() => Granted(Advance(BoardAt(0), Seen(20, 0)));

    [Fact]
    public void refuses_while_bad_outcomes_are_alarming()
    {
        // At a share of 10 %: one bad outcome in the canary is evidence of 2.4, two of 7.8 (alarm at 4.5), three of 31 (red at 20).
        Granted(Advance(BoardAt(100), Seen(20, 5, badCanary: 1)));
        Assert.Equal("release.guard-alarming", RefusedAs(Advance(BoardAt(100), Seen(20, 5, badCanary: 2))));
        Assert.Equal("release.guard-red", RefusedAs(Advance(BoardAt(100), Seen(20, 5, badCanary: 3))));
    }

    [Fact]
    public void stays_red_once_it_was_red() =>
        Assert.Equal("release.guard-red", RefusedAs(Advance(BoardAt(100), Seen(20, 5, badCanary: 3).With(badStable: 500))));

    [Fact]
    public void takes_proof_or_a_person_for_the_last_step()
    {
        Assert.Equal("release.not-shown-harmless", RefusedAs(Advance(BoardAt(2_500), Seen(20, 5))));
        Assert.Equal("release.not-shown-harmless", RefusedAs(Advance(BoardAt(2_500), Seen(20, 5), by: Watch, withoutProof: true)));

        var judged = Granted(Advance(BoardAt(2_500), Seen(20, 5), withoutProof: true));
        Assert.True(judged.Completes);
        Assert.False(judged.HasProof);

        // Enough bad outcomes outside the canary, none in it: shown harmless.
        var proven = Granted(Advance(BoardAt(2_500), Seen(20, 5, badStable: 200), by: Watch));
        Assert.True(proven is { Completes: true, HasProof: true });
    }

    [Fact]
    public void stands_still_while_paused_or_killed()
    {
        Assert.Equal("release.paused", RefusedAs(Advance(BoardAt(100, paused: true), Seen(20, 5))));
        Assert.Equal("release.kill-switch-on", RefusedAs(Advance(BoardAt(100, killed: true), Seen(20, 5))));
        Assert.Equal("release.none", RefusedAs(Advance(new() { Agent = "router" }, Seen(20, 5))));
    }

    [Theory]
    [InlineData(new[] { 100, 500 }, "last step")]
    [InlineData(new[] { 500, 100, 10_000 }, "steps rise")]
    [InlineData(new[] { 10_000 }, "at least one step")]
    [InlineData(new[] { -1, 10_000 }, "between 0 and")]
    public void lists_what_is_wrong_with_its_steps(int[] steps, string problem) =>
        Assert.Contains((ReleasePolicy.Default with { StepsBp = [.. steps] }).Problems(), text => text.Contains(problem, StringComparison.Ordinal));

    [Fact]
    public void reads_back_the_policy_it_was_started_with() =>
        Assert.Equal(ReleasePolicy.Default with { Soak = TimeSpan.FromSeconds(1.5), Margin = 0.5 }, ReleasePolicy.Parse((ReleasePolicy.Default with { Soak = TimeSpan.FromSeconds(1.5), Margin = 0.5 }).Canonical()));
}

internal static class MoreEvidence
{
    public static ReleaseEvidence With(this ReleaseEvidence evidence, int badStable)
    {
        for (var i = 0; i < badStable; i++) evidence.Rollback.Add(new(false, 0.1));
        return evidence;
    }
}
