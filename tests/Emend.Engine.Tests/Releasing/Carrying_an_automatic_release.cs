using System.Globalization;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Releasing;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Releasing;

public class Carrying_an_automatic_release
{
    private const int Traffic = 300;

    [Fact]
    public async Task a_helpful_correction_goes_by_itself_from_the_first_word_to_everybody()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);
        await world.RunsAsync();
        var release = world.Board.Current!;

        var soaking = (await CarryAsync(world))!;
        Assert.Equal((CarryOutcome.Held, 9_000), (soaking.Outcome, soaking.To.BasisPoints));
        world.Clock.Move(release.Policy.Soak);
        Assert.Equal(CarryOutcome.Held, (await CarryAsync(world))!.Outcome); // nobody decided anything: no data never widens
        await ServeLikeAsync(world, 3, right: "b");
        var done = (await CarryAsync(world))!;

        Assert.Equal((CarryOutcome.Advanced, TrafficShare.Full), (done.Outcome, done.To));
        Assert.Equal((release.Candidate, null), (world.Board.Served, world.Board.Current));
        Assert.Null(await CarryAsync(world));
        var facts = Facts(world, release.Id);
        Assert.Equal(["release.still-soaking", "release.no-data"], facts.OfType<ReleaseHeld>().Select(static held => held.Code));
        // What it was decided on stands beside the decision, for whoever asks later.
        var advanced = Assert.Single(facts.OfType<ReleaseAdvanced>());
        Assert.True(advanced is { HasProof: true, By: "policy:fast-lane" });
        Assert.InRange(advanced.Evidence!.Exposed, Traffic / 2, Traffic);
        Assert.True(advanced.Evidence.ForLog >= -Math.Log(release.Policy.PromotionAlpha));
    }

    [Fact]
    public async Task a_harmful_one_is_taken_back_and_nothing_goes_on_by_itself_until_a_person_says_so()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        var misleading = await world.CorrectAsync(3);
        await world.RunsAsync();
        var release = world.Board.Current!;
        await ServeLikeAsync(world, 3, right: "a");

        var back = (await CarryAsync(world))!;

        Assert.Equal(CarryOutcome.TakenBack, back.Outcome);
        Assert.Equal((null, null, true), (world.Board.Served, world.Board.Current, world.Board.IsFastLaneHeld));
        var fact = Assert.Single(Facts(world, release.Id).OfType<RolledBack>());
        Assert.True(fact.Evidence!.AgainstLog >= -Math.Log(release.Policy.RollbackAlpha));
        await world.CorrectAsync(4);
        Assert.Equal("fastlane.held", RefusedAs(await world.RunAsync()));
        Granted(await world.Engine.Withdrawals.HandleAsync(new(misleading, "it misled", FastLaneWorld.Person), default));
        Granted(await world.Engine.Resume.HandleAsync(new(FastLaneWorld.Agent, FastLaneWorld.Person), default));
        Assert.Equal(FastLaneOutcome.Started, (await world.RunsAsync()).Outcome);
    }

    [Fact]
    public async Task a_paused_one_is_not_widened_and_still_taken_back_when_it_does_harm()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);
        await world.RunsAsync();
        Granted(await world.Engine.Pause.HandleAsync(new(FastLaneWorld.Agent, "lunch", FastLaneWorld.Person), default));
        world.Clock.Move(TimeSpan.FromDays(1));
        var size = world.Engine.Store.Size;
        Assert.Equal(CarryOutcome.Held, (await CarryAsync(world))!.Outcome);
        // The pause is journaled already, by whoever paused.
        Assert.Equal(size, world.Engine.Store.Size);

        await ServeLikeAsync(world, 3, right: "a");
        Assert.Equal(CarryOutcome.TakenBack, (await CarryAsync(world))!.Outcome);
    }

    [Fact]
    public async Task the_same_reason_is_journaled_once_and_the_reason_stands_the_same_after_a_rebuild()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);
        await world.RunsAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => CarryAsync(world))));
        var size = world.Engine.Store.Size;
        for (var look = 0; look < 5; look++) await CarryAsync(world);
        Assert.Equal(size, world.Engine.Store.Size);
        Assert.Single(Facts(world, world.Board.Current!.Id).OfType<ReleaseHeld>());

        var live = StateDigest.Of(world.Engine.Store);
        await RebuildProjections.RunAsync(world.Engine.Store, null, default);
        Assert.Equal(live, StateDigest.Of(world.Engine.Store));
        Assert.Equal("release.still-soaking", world.Board.Current!.HeldFor);
    }

    [Fact]
    public async Task one_that_a_person_started_is_left_to_people()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        for (var i = 0; i < 8; i++) await world.CorrectAsync(i, by: i % 2 == 0 ? "rosa" : "bo");
        Granted(await world.StartByHandAsync());
        world.Clock.Move(TimeSpan.FromDays(1));
        Assert.Null(await CarryAsync(world));
        Assert.False(world.Board.Current!.IsAutomatic);
    }

    [Fact, Trait("Fault", "F28")]
    public async Task without_data_it_never_widens_raises_an_alert_and_is_taken_back_at_the_deadline()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);
        await world.RunsAsync();
        var policy = AlertPolicy.Default;
        var kinds = new List<string>();
        for (var hour = 0; hour < 24 * 8 && world.Board.Current is not null; hour++)
        {
            world.Clock.Move(TimeSpan.FromHours(1));
            var seen = world.Engine.Observe.Observe(policy, Surroundings.Unknown);
            foreach (var observed in seen.Releases)
            {
                Assert.Equal(CarryOutcome.Held, (await CarryAsync(world))!.Outcome);
                await world.Engine.Watch.EndSilentAsync(observed, seen.Now, policy.CanaryDeadline, default);
            }
            kinds.AddRange((await world.Engine.WatchForAlerts.LookAsync(policy, Surroundings.Unknown, default)).Raised.Select(static alert => alert.Kind));
        }
        Assert.Equal((null, null, true), (world.Board.Served, world.Board.Current, world.Board.IsFastLaneHeld));
        Assert.Equal([AlertKind.CanaryWithoutData.Code, AlertKind.ReleaseTakenBack.Code], kinds);
    }

    private static Task<CarriedRelease?> CarryAsync(FastLaneWorld world) =>
        world.Engine.Carry.LookAsync(FastLaneWorld.Agent, release => world.Engine.Judgements.Of(release), default);

    // The same case over and over, of many people: the candidate acts on most of them, and what was right is told of each.
    private static async Task ServeLikeAsync(FastLaneWorld world, int number, string right)
    {
        var at = Microseconds.Of(world.Clock.Now);
        var decisions = Enumerable.Range(0, Traffic).Select(i => FastLaneWorld.Decision(number) with { Id = string.Create(CultureInfo.InvariantCulture, $"like-{i:000}"), OccurredAt = at + i, Subject = $"cust-{i}" }).ToArray();
        await world.DecideAsync(decisions);
        await world.Engine.Serve.HandleAsync(new(decisions, FastLaneWorld.Person), default);
        var truths = decisions.Select(d => new Outcome { DecisionId = d.Id, Metric = Outcome.Truth, Action = new(right), At = d.OccurredAt + 1_000_000 }).ToArray();
        await new AcceptBatch<Outcome>(world.Engine.Store, new AcceptOutcomes(world.Engine.Store), world.Clock).HandleAsync(truths, FastLaneWorld.Person, default);
    }

    private static List<ReleaseFact> Facts(FastLaneWorld world, string release) =>
        [.. world.Engine.Store.Entries().Select(static entry => ReleaseFactJournal.Read(entry, () => entry.Actor.Name)).OfType<ReleaseFact>().Where(fact => fact switch
        {
            ReleaseHeld held => held.Id == release,
            ReleaseAdvanced advanced => advanced.Id == release,
            RolledBack back => back.Id == release,
            _ => false,
        })];
}
