using Emend.Logic.Conditions;
using Emend.Logic.Guidance;
using static Emend.Client.Tests.LiveWorld;
using static Emend.Client.Tests.World;

namespace Emend.Client.Tests;

public class Guiding_an_agent
{
    private static readonly GuidanceItem Item = new() { Id = "g-x", Kind = GuidanceKind.Written, Text = "Topic x goes to b.", Scope = ConditionText.Parse("topic == \"x\""), Action = "b" };

    [Fact]
    public async Task answers_in_process_from_the_bundle_that_decides_for_the_unit_and_hands_in_what_was_read()
    {
        await using var world = await StartAsync();
        await using var emend = await world.ClientAsync();
        await emend.WaitForLogicAsync(Patience);
        Assert.Equal(GuidanceAnswer.None, emend.Guidance(About("x").Context, "cust-9"));

        var digest = await world.Walk.ReleaseAsync(Bundle(Override("x", "b")) with { Guidance = [GuidanceJson.Write(Item)] });
        await UntilAsync(() => emend.ServedBundle == digest);
        // Units differ in what is withheld from them; one that reads the item and one that does not.
        var units = Enumerable.Range(0, 200).Select(static i => $"cust-{i}").ToList();
        var (reader, other) = (units.First(static u => !Withholding.IsWithheld("router", "g-x", u)), units.First(static u => Withholding.IsWithheld("router", "g-x", u)));
        var (read, withheld) = (emend.Guidance(About("x").Context, reader), emend.Guidance(About("x").Context, other));

        Assert.Contains("Topic x goes to b.", read.Text, StringComparison.Ordinal);
        Assert.Equal((digest, "g-x"), (read.Exposure.Bundle, Assert.Single(read.Exposure.Shown)));
        Assert.Equal(("", "g-x"), (withheld.Text, Assert.Single(withheld.Exposure.Withheld)));
        Assert.Empty(emend.Guidance(About("y").Context, reader).Items);

        emend.Decide(About("x", reader, "d-1") with { Guidance = read.Exposure });
        emend.Decide(About("x", other, "d-2") with { Guidance = withheld.Exposure });
        emend.Decide(About("x", other, "d-3"));
        await emend.DrainAsync(Patience);

        Assert.Equal(["g-x"], world.Engine.GuidanceExposures.Of("d-1")!.Shown.AsEnumerable());
        Assert.Equal(["g-x"], world.Engine.GuidanceExposures.Of("d-2")!.Withheld.AsEnumerable());
        Assert.Null(world.Engine.GuidanceExposures.Of("d-3"));
        await world.Engine.KillSwitch.HandleAsync(new("router", true, "x", new Emend.Engine.Actor("olu")), CancellationToken.None);
        await UntilAsync(() => emend.Guidance(About("x").Context, reader).Items.IsEmpty);
    }
}
