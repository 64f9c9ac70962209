using Emend.Logic;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;
using static Emend.Client.Tests.World;

namespace Emend.Client.Tests.Serving;

public class Deciding_in_process
{
    [Fact]
    public async Task lets_the_proposal_stand_and_says_why_while_nothing_was_released()
    {
        await using var world = await OpenAsync();
        await using var emend = world.Client(new(world.Engine));

        var result = emend.Decide(About("x"));
        Assert.Equal(("a", Fallback.NoBundle, false), (result.Action!.Label, result.Fallback, result.IsChanged));
    }

    [Fact]
    public async Task does_what_the_released_bundle_says_and_names_rule_and_bundle()
    {
        await using var world = await OpenAsync();
        await using var emend = world.Client(new(world.Engine));
        var digest = await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        Assert.True(await emend.ApplyAsync((await world.SignAsync()).Note, Patience));

        var (changed, kept) = (emend.Decide(About("x")), emend.Decide(About("y")));
        Assert.Equal(("b", "r-x-b", digest, Disposition.Override, Fallback.None), (changed.Action!.Label, changed.Rule, changed.Bundle, changed.Disposition, changed.Fallback));
        Assert.Equal(("a", null, digest, false), (kept.Action!.Label, kept.Rule, kept.Bundle, kept.IsChanged));
    }

    [Fact]
    public async Task computes_the_candidate_beside_in_the_shadow_and_serves_it_to_its_share_of_units_afterwards()
    {
        await using var world = await OpenAsync();
        await using var emend = world.Client(new(world.Engine));
        var digest = await world.Walk.StartAsync(Bundle(Override("x", "b")), 0, 3_000);
        await emend.ApplyAsync((await world.SignAsync()).Note, Patience);
        var shadow = emend.Decide(About("x"));
        await world.Walk.AdvanceAsync();
        await emend.ApplyAsync((await world.SignAsync()).Note, Patience);
        var release = world.Walk.Board.Current!;

        Assert.Equal(("a", Arm.Shadow, true, null), (shadow.Action!.Label, shadow.Arm, shadow.ShadowDiffers, shadow.Bundle));
        for (var i = 0; i < 200; i++)
        {
            var unit = $"customer-{i}";
            var result = emend.Decide(About("x", subject: unit));
            var isIn = Assignment.IsIn(release.Salt, unit, 3_000);
            Assert.Equal(isIn ? (Arm.Canary, "b", digest) : (Arm.Stable, "a", null), (result.Arm, result.Action!.Label, result.Bundle));
        }
    }

    [Fact]
    public async Task takes_a_rollback_and_a_kill_switch_at_once_without_a_download()
    {
        await using var world = await OpenAsync();
        var server = new FakeServer(world.Engine);
        await using var emend = world.Client(server);
        await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        await emend.ApplyAsync((await world.SignAsync()).Note, Patience);
        await world.Walk.ReleaseAsync(Bundle(Override("x", "c")));
        await emend.ApplyAsync((await world.SignAsync()).Note, Patience);
        Assert.Equal("c", emend.Decide(About("x")).Action!.Label);
        server.IsDown = true;

        await world.Walk.RollBackAsync();
        Assert.True(await emend.ApplyAsync((await world.SignAsync()).Note, Patience));
        Assert.Equal("b", emend.Decide(About("x")).Action!.Label);
        await world.Walk.KillAsync(on: true);
        Assert.True(await emend.ApplyAsync((await world.SignAsync()).Note, Patience));
        var killed = emend.Decide(About("x"));
        Assert.Equal(("a", Fallback.Killed, Cause.KillSwitch), (killed.Action!.Label, killed.Fallback, killed.Cause));
    }

    [Fact]
    public async Task gives_no_action_when_a_rule_blocks_or_asks_a_person()
    {
        await using var world = await OpenAsync();
        await using var emend = world.Client(new(world.Engine));
        await world.Walk.ReleaseAsync(Bundle(
            Override("x", "b") with { Id = "r-block", Effect = RuleEffect.Block, Action = null }, Override("y", "b") with { Id = "r-escalate", Effect = RuleEffect.Escalate, Action = null }));
        await emend.ApplyAsync((await world.SignAsync()).Note, Patience);

        Assert.Equal((null, Disposition.Block), (emend.Decide(About("x")).Action, emend.Decide(About("x")).Disposition));
        Assert.Equal((null, Disposition.Escalate), (emend.Decide(About("y")).Action, emend.Decide(About("y")).Disposition));
    }

    [Fact]
    public async Task never_throws_and_does_what_is_safe_when_a_proposal_is_broken()
    {
        await using var world = await OpenAsync();
        await using var emend = world.Client(new(world.Engine), with: static options => options.SafeAction = new("ask-a-person"));
        await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        await emend.ApplyAsync((await world.SignAsync()).Note, Patience);

        var result = emend.Decide(default);
        Assert.Equal(("ask-a-person", Fallback.Fault), (result.Action!.Label, result.Fallback));
        Assert.Equal("b", emend.Decide(About("x")).Action!.Label);
    }

    [Fact, Trait("Fault", "F30")]
    public async Task stops_acting_on_what_is_too_old_when_it_was_told_to_whatever_the_clock_does()
    {
        await using var world = await OpenAsync();
        var clock = new TestKit.ManualClock(DateTimeOffset.UnixEpoch.AddMicroseconds((await world.SignAsync()).Manifest.IssuedAt));
        await using var emend = world.Client(new(world.Engine), with: static options => options.StopActingAfter = TimeSpan.FromHours(2), clock: clock);
        await using var patient = world.Client(new(world.Engine), clock: clock);
        await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        await emend.ApplyAsync((await world.SignAsync()).Note, Patience);
        await patient.ApplyAsync((await world.SignAsync()).Note, Patience);

        string Does(EmendClient client) => client.Decide(About("x")).Action!.Label;
        clock.Move(TimeSpan.FromHours(1));
        Assert.Equal("b", Does(emend));
        clock.Move(TimeSpan.FromDays(1));
        Assert.Equal(("a", Fallback.TooOld, "b"), (Does(emend), emend.Decide(About("x")).Fallback, Does(patient)));
        clock.Move(TimeSpan.FromDays(-2));
        Assert.Equal(("b", "b"), (Does(emend), Does(patient)));
    }

    [Fact]
    public async Task leaves_a_span_of_what_decided_where_somebody_listens()
    {
        await using var world = await OpenAsync();
        await using var emend = world.Client(new(world.Engine));
        var digest = await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        await emend.ApplyAsync((await world.SignAsync()).Note, Patience);
        var spans = new System.Collections.Concurrent.ConcurrentBag<System.Diagnostics.Activity>();
        using (var listener = new System.Diagnostics.ActivityListener
        {
            ShouldListenTo = static source => source.Name == Observing.ClientMeters.Name,
            Sample = static (ref System.Diagnostics.ActivityCreationOptions<System.Diagnostics.ActivityContext> _) => System.Diagnostics.ActivitySamplingResult.AllData,
            ActivityStopped = spans.Add,
        })
        {
            System.Diagnostics.ActivitySource.AddActivityListener(listener);
            emend.Decide(About("x", id: "traced"));
        }
        // Other tests decide meanwhile.
        var span = Assert.Single(spans, static span => span.OperationName == "decide" && (string?)span.GetTagItem("emend.decision") == "traced");
        Assert.Equal(("Override", "Rule", "r-x-b", digest), (span.GetTagItem("emend.disposition"), span.GetTagItem("emend.cause"), span.GetTagItem("emend.rule"), span.GetTagItem("emend.bundle")));
    }
}
