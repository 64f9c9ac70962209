using static Emend.Client.Tests.World;

namespace Emend.Client.Tests.Serving;

public class Dying_while_swapping
{
    /// <summary>Every state the folder can be in between two writes of an apply, half-written files aside included.</summary>
    [Fact, Trait("Fault", "F24")]
    public async Task leaves_the_old_logic_or_the_new_and_never_a_mix()
    {
        await using var world = await OpenAsync();
        var (old, next) = (world.NewState(), world.NewState());
        await world.Walk.ReleaseAsync(Bundle(Override("x", "b"), Override("y", "b")));
        var first = (await world.SignAsync()).Note;
        await using (var emend = world.Client(new(world.Engine), state: old)) await emend.ApplyAsync(first, Patience);
        Copy(old, next, Files(old));
        await world.Walk.ReleaseAsync(Bundle(Override("x", "c"), Override("y", "c")));
        var second = (await world.SignAsync()).Note;
        await using (var emend = world.Client(new(world.Engine), state: next)) await emend.ApplyAsync(second, Patience);

        // In the order they are written: bundles, manifest, counter.
        var written = Files(next).Where(name => !Files(old).Contains(name) || !File.ReadAllBytes(At(next, name)).AsSpan().SequenceEqual(File.ReadAllBytes(At(old, name))))
            .OrderBy(static name => name == "counter" ? 2 : name == "manifest.note" ? 1 : 0).ToList();
        Assert.Equal(["manifest.note", "counter"], written[^2..]);
        Assert.Equal(3, written.Count);

        for (var done = 0; done <= written.Count; done++)
        {
            foreach (var half in new[] { 0.0, 0.5, 0.99 })
            {
                var state = world.NewState();
                Copy(old, state, Files(old));
                Copy(next, state, written[..done]);
                if (done < written.Count)
                {
                    var bytes = await File.ReadAllBytesAsync(At(next, written[done]));
                    await File.WriteAllBytesAsync(At(state, written[done] + ".new"), bytes[..(int)(half * bytes.Length)]);
                }
                var server = new FakeServer(world.Engine) { IsDown = true };
                await using var emend = world.Client(server, state: state);
                var (x, y) = (emend.Decide(About("x")).Action!.Label, emend.Decide(About("y")).Action!.Label);
                Assert.Equal(x, y);
                Assert.Equal(done < 2 ? "b" : "c", x);

                // And it goes on from there.
                server.IsDown = false;
                Assert.True(await emend.ApplyAsync(second, Patience));
                Assert.Equal("c", emend.Decide(About("x")).Action!.Label);
                Assert.False(await emend.ApplyAsync(first, Patience));
            }
        }
    }

    private static string At(string state, string name) => Path.Combine(state, "bundles", name);

    private static List<string> Files(string state) => [.. Directory.GetFiles(Path.Combine(state, "bundles")).Select(static path => Path.GetFileName(path)!)];

    private static void Copy(string from, string to, IEnumerable<string> names)
    {
        Directory.CreateDirectory(Path.Combine(to, "bundles"));
        foreach (var name in names) File.Copy(At(from, name), At(to, name), overwrite: true);
    }
}
