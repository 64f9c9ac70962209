using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Logic.Rules;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Releasing;

public class Running_the_fast_lane
{
    [Fact]
    public async Task takes_one_accepted_correction_through_gates_and_approval_to_a_canary_under_the_policys_name()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);
        var before = world.Engine.Store.Size;

        var run = await world.RunsAsync();

        Assert.Equal((FastLaneOutcome.Started, 1, 0), (run.Outcome, run.Remembered, run.Learned));
        Assert.Equal(9_000, world.Board.Current!.Share.BasisPoints);
        Assert.Equal(("b", "a"), (world.Act(3), world.Act(4)));
        var entries = world.Engine.Store.Entries(before).ToList();
        Assert.Equal(["candidate.prepared", "candidate.built", "candidate.evaluated", "candidate.approved", "release.started"], entries.Select(static e => e.Type));
        Assert.All(entries, static entry => Assert.Equal("policy:fast-lane", entry.Actor.Name));
    }

    [Fact]
    public async Task does_and_writes_nothing_when_nothing_new_was_said()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);
        await world.RunsAsync();
        // A confirmation teaches nothing that acts.
        await world.CorrectAsync(5, right: null);
        var before = world.Engine.Store.Size;

        Assert.Equal(FastLaneRun.NothingNew, await world.RunsAsync());
        Assert.Equal(before, world.Engine.Store.Size);
    }

    [Fact]
    public async Task goes_on_with_the_same_release_when_more_is_said()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);
        var first = await world.RunsAsync();
        var counter = world.Board.Counter;
        await world.CorrectAsync(4, "c");

        var second = await world.RunsAsync();

        Assert.Equal((FastLaneOutcome.Extended, 1), (second.Outcome, second.Remembered));
        Assert.Equal(first.Release, second.Release! with { Candidate = first.Candidate! });
        Assert.Equal(counter + 1, world.Board.Counter);
        Assert.Equal(("b", "c", "a"), (world.Act(3), world.Act(4), world.Act(5)));
        Assert.Equal((CandidateState.Retired, CandidateState.Releasing), (world.Engine.Ledger.Candidate(first.Candidate!)!.State, world.Engine.Ledger.Candidate(second.Candidate!)!.State));
    }

    [Fact]
    public async Task stops_remembering_what_somebody_contradicts()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);
        await world.CorrectAsync(4);
        await world.RunsAsync();
        await world.CorrectAsync(3, right: null, by: "bo");

        Assert.Equal((FastLaneOutcome.Extended, 0), (await world.RunsAsync()) is var run ? (run.Outcome, run.Remembered) : default);
        Assert.Equal(("a", "b"), (world.Act(3), world.Act(4)));
    }

    [Theory]
    [InlineData("fastlane.envelope-closed")]
    [InlineData("fastlane.gate")]
    [InlineData("candidate.policy-may-not-approve")]
    public async Task leaves_to_people_what_the_envelope_does_not_cover(string code)
    {
        await using var world = await FastLaneWorld.OpenAsync(agent => code switch
        {
            "fastlane.envelope-closed" => agent with { Envelope = new() },
            // The budget of a day: not one decision may change without a person.
            "fastlane.gate" => agent with { Envelope = agent.Envelope with { MaxDecisionsPerDay = 0 } },
            _ => agent with { Risk = RiskClass.High, Envelope = agent.Envelope with { MaxRisk = RiskClass.High } },
        });
        await world.CorrectAsync(3);

        Assert.Equal(code, RefusedAs(await world.RunAsync()));
        Assert.Null(world.Board.Current);
    }

    [Fact]
    public async Task does_not_judge_the_same_evidence_again_that_a_gate_stopped()
    {
        await using var world = await FastLaneWorld.OpenAsync(static agent => agent with { Envelope = agent.Envelope with { MaxDecisionsPerDay = 0 } });
        await world.CorrectAsync(3);
        RefusedAs(await world.RunAsync());
        var before = world.Engine.Store.Size;

        Assert.Equal("fastlane.gate", RefusedAs(await world.RunAsync()));
        Assert.Equal(before, world.Engine.Store.Size);
    }

    [Fact]
    public async Task remembers_no_ruling_on_an_action_whose_risk_is_above_the_envelope()
    {
        await using var world = await FastLaneWorld.OpenAsync(static agent => agent with { ActionRisk = agent.ActionRisk.Add("c", RiskClass.High) });
        await world.CorrectAsync(3, "b");
        await world.CorrectAsync(4, "c");
        Granted(await world.Engine.Rulings.HandleAsync(new("d-004", CorrectionVerdict.Modify, new("c"), "read the case", new("lead")), default));

        Assert.Equal(1, (await world.RunsAsync()).Remembered);
        Assert.Equal(("b", "a"), (world.Act(3), world.Act(4)));
    }

    [Fact]
    public async Task gives_way_to_a_person_and_stays_out_of_the_way()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);
        var mine = await world.RunsAsync();

        var started = Granted(await world.StartByHandAsync());

        Assert.Equal(mine.Candidate, started.Displaces);
        Assert.Equal(CandidateState.Retired, world.Engine.Ledger.Candidate(mine.Candidate!)!.State);
        await world.CorrectAsync(4);
        Assert.Equal("release.under-way", RefusedAs(await world.RunAsync()));
        Assert.Equal(started.Release.Candidate, world.Board.Current!.Candidate);
    }

    [Fact]
    public async Task waits_for_a_person_after_something_was_taken_back()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);
        await world.RunsAsync();
        Granted(await world.Engine.RollBack.HandleAsync(new(FastLaneWorld.Agent, "it hurts", Actor.Policy("watch-releases")), default));
        await world.CorrectAsync(4);

        Assert.Equal("fastlane.held", RefusedAs(await world.RunAsync()));
        Assert.Equal("release.only-a-person", RefusedAs(await world.Engine.Resume.HandleAsync(new(FastLaneWorld.Agent, Actor.Policy("fast-lane")), default)));
        Granted(await world.Engine.Resume.HandleAsync(new(FastLaneWorld.Agent, FastLaneWorld.Person), default));
        Assert.Equal((FastLaneOutcome.Started, 2), (await world.RunsAsync()) is var run ? (run.Outcome, run.Remembered) : default);
    }

    [Fact]
    public async Task generalises_only_what_as_many_people_stand_behind_as_the_envelope_asks_for()
    {
        await using var alone = await FastLaneWorld.OpenAsync(Renamed);
        await using var together = await FastLaneWorld.OpenAsync(Renamed);
        for (var i = 0; i < 40; i++)
        {
            await alone.CorrectAsync(i, "b", "rosa");
            await together.CorrectAsync(i, "b", i % 2 == 0 ? "rosa" : "bo");
        }

        Assert.Equal(0, (await alone.RunsAsync()).Learned);
        var learned = await together.RunsAsync();
        Assert.True(learned.Learned > 0);
        // Cases nobody looked at are within reach of what was generalised: it starts small.
        Assert.Equal(100, learned.Release!.Share.BasisPoints);

        static AgentDefinition Renamed(AgentDefinition agent) => agent with { Actions = ["b", "c"] };
    }

    [Fact]
    public async Task keeps_the_rules_that_are_served_and_is_rebuilt_to_the_same_bytes_without_a_correction()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await using var other = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);
        var withdrawn = await world.CorrectAsync(4);
        await world.RunsAsync();
        await other.CorrectAsync(3);
        var never = await other.RunsAsync();

        var undone = Granted(await world.Engine.Undo.HandleAsync(new(withdrawn, "a mistake", FastLaneWorld.Person), default));

        Assert.Equal(never.Candidate, undone.Preview.Instead!.Digest);
        Assert.Equal(LearnerPreset.Remember, world.Engine.Snapshots.Of(never.Candidate!)!.Preset);
        Assert.Equal("x-", Assert.Single(undone.Preview.Rules!.Removed, static rule => rule.Origin == RuleOrigin.Exact).Id[..2]);
    }

    [Fact]
    public async Task follows_whatever_is_accepted_and_what_came_in_before_it_did()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);

        world.Engine.FastLane.Follow();
        await world.Engine.FastLane.SettledAsync();
        Assert.Equal("b", world.Act(3));
        await world.CorrectAsync(4, "c");
        await world.Engine.FastLane.SettledAsync();
        Assert.Equal(("b", "c"), (world.Act(3), world.Act(4)));
    }

    [Fact]
    public async Task does_one_more_run_for_all_that_is_signalled_while_one_is_under_way()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);
        using var isRunning = new SemaphoreSlim(0);
        using var goOn = new ManualResetEventSlim();
        var runs = 0;
        world.Engine.FastLane.Ran = (_, _) =>
        {
            if (Interlocked.Increment(ref runs) > 1) return;
            isRunning.Release();
            goOn.Wait();
        };

        world.Engine.FastLane.Signal(FastLaneWorld.Agent);
        Assert.True(await isRunning.WaitAsync(TimeSpan.FromSeconds(60)));
        await world.CorrectAsync(4);
        for (var i = 0; i < 100; i++) world.Engine.FastLane.Signal(FastLaneWorld.Agent);
        goOn.Set();
        await world.Engine.FastLane.SettledAsync();

        Assert.Equal(2, runs);
        Assert.Equal("b", world.Act(4));
    }
}
