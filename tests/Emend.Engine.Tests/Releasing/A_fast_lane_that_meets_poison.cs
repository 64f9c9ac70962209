using System.Collections.Concurrent;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;

namespace Emend.Engine.Tests.Releasing;

public class A_fast_lane_that_meets_poison
{
    [Fact, Trait("Fault", "F20")]
    public async Task tells_of_it_every_time_stops_nobody_else_and_goes_on_once_it_is_gone()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        await world.CorrectAsync(3);
        await world.RunsAsync();
        var poisoned = world.Board.Current!.Candidate;
        // What the next run has to read is another record than the one it is named by.
        await PointAsync("UPDATE candidate SET entry = entry - 1 WHERE digest = @digest");
        await world.Engine.AgentHandler.HandleAsync(new RegisterAgent(new() { Id = "other", Actions = ["a", "b"], Envelope = new() { IsOpen = true } }, FastLaneWorld.Person), default);
        var failures = new ConcurrentQueue<string>();
        var runs = new ConcurrentQueue<string>();
        world.Engine.FastLane.Failed = (agent, _) => failures.Enqueue(agent);
        world.Engine.FastLane.Ran = (agent, _) => runs.Enqueue(agent);
        world.Engine.FastLane.Follow();
        await world.Engine.FastLane.SettledAsync();
        Assert.Equal([FastLaneWorld.Agent], failures);
        Assert.Contains("other", runs);

        // The correction itself is accepted: what fails is only what would have acted on it.
        await world.CorrectAsync(4);
        await world.Engine.FastLane.SettledAsync();
        Assert.Equal(2, failures.Count);
        Assert.Equal(poisoned, world.Board.Current!.Candidate);

        await PointAsync("UPDATE candidate SET entry = entry + 1 WHERE digest = @digest");
        world.Engine.FastLane.Signal(FastLaneWorld.Agent);
        await world.Engine.FastLane.SettledAsync();
        Assert.Equal(2, failures.Count);
        Assert.NotEqual(poisoned, world.Board.Current!.Candidate);
        Assert.Equal(("b", "b"), (world.Act(3), world.Act(4)));
        // Driving it again changes nothing more.
        var size = world.Engine.Store.Size;
        world.Engine.FastLane.Signal(FastLaneWorld.Agent);
        await world.Engine.FastLane.SettledAsync();
        Assert.Equal(size, world.Engine.Store.Size);

        Task<int> PointAsync(string sql) => world.Engine.Store.WriteAsync(work => work.Command(sql).Bind("@digest", poisoned).ExecuteNonQuery(), default);
    }
}
