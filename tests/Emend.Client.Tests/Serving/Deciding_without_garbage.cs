using static Emend.Client.Tests.World;

namespace Emend.Client.Tests.Serving;

/// <summary>Runs while nothing else does: whoever listens to the meters of this process listens to every client in it, on the thread that decides.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public class Deciding_without_garbage
{
    [Fact]
    public async Task allocates_nothing_once_it_is_warm()
    {
        await using var world = await OpenAsync();
        await using var emend = world.Client(new(world.Engine));
        await world.Walk.StartAsync(Bundle(Override("x", "b")), 5_000);
        await emend.ApplyAsync((await world.SignAsync()).Note, Patience);
        var proposals = new[] { About("x", subject: "s-1"), About("y"), About("x") };
        for (var i = 0; i < 20_000; i++) emend.Decide(proposals[i % 3]);

        // Tiered compilation may still replace a method under way: the least of several rounds is what deciding itself takes.
        var least = long.MaxValue;
        for (var round = 0; round < 10; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1_000; i++) emend.Decide(proposals[i % 3]);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }
}
