using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Tests.Learning.Features;
using Emend.Engine.Trust;
using Emend.Logic;

namespace Emend.Engine.Tests.Trust;

public class Sending_rulings_to_a_second_look
{
    private static readonly string[] Topics = ["invoice and billing", "card and pin", "fraud and theft"];
    private static readonly string[] Right = ["billing", "cards", "fraud"];

    private static Task TellAsync(FeatureWorld world, int i, int topic, string said, string by) => TellAsync(world, $"d-{i:000}", $"question {i % 7} about my {Topics[topic]} please", said, by);

    private static async Task TellAsync(FeatureWorld world, string id, string text, string said, string by)
    {
        await world.GiveAsync(FeatureWorld.Decision(id, "billing", world.Now) with { Context = Context.Of([], null, text) });
        await world.GiveAsync(FeatureWorld.Correction(id, said == "billing" ? CorrectionVerdict.Confirm : CorrectionVerdict.Modify, said == "billing" ? null : said, by, world.Now));
    }

    // A hundred right ones, and four that look out of place.
    private static async Task<FeatureWorld> WorldAsync()
    {
        var world = await FeatureWorld.OpenAsync();
        for (var i = 0; i < 100; i++) await TellAsync(world, i, i % 3, i % 30 == 0 ? "fraud" : Right[i % 3], "ann");
        return world;
    }

    private static async Task WaitAsync(FeatureWorld world, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await world.GiveAsync(FeatureWorld.Decision("w-" + i, "billing", world.Now));
            await world.GiveAsync(FeatureWorld.Correction("w-" + i, CorrectionVerdict.Escalate, null, "ann", world.Now));
        }
    }

    [Fact]
    public async Task asks_for_no_more_than_a_twentieth_of_the_queue_and_the_most_out_of_place_first()
    {
        await using var world = await WorldAsync();
        var first = Assert.Single(world.Engine.Doubts.Of());
        Assert.Equal(("fraud", "billing"), (first.Suspect.Ruled, first.Suspect.Likelier));

        await WaitAsync(world, 60);
        var doubted = world.Engine.Doubts.Of("router");
        Assert.Equal(3, doubted.Count);
        Assert.Equal(first.Suspect, doubted[0].Suspect);
        Assert.Subset(new HashSet<string> { "d-000", "d-030", "d-060", "d-090" }, doubted.Select(static one => one.Suspect.DecisionId).ToHashSet());
        Assert.Empty(world.Engine.Doubts.Of("somebody else"));
    }

    [Fact]
    public async Task is_settled_by_a_person_whatever_they_say()
    {
        await using var world = await WorldAsync();
        var settled = new List<string>();
        while (world.Engine.Doubts.Of() is [var next])
        {
            Assert.DoesNotContain(next.Suspect.DecisionId, settled);
            settled.Add(next.Suspect.DecisionId);
            // The first was right after all, the others were not.
            var (verdict, action) = settled.Count == 1 ? (CorrectionVerdict.Modify, new AgentAction("fraud")) : (CorrectionVerdict.Confirm, null);
            Assert.IsType<Answer<Standing>.Granted>(await world.Engine.Rulings.HandleAsync(new(next.Suspect.DecisionId, verdict, action, "read it", new("lead")), default));
        }
        Assert.Equal(["d-000", "d-030", "d-060", "d-090"], settled.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task calls_somebody_when_the_newest_corrections_of_one_spoil_what_others_vouch_for()
    {
        await using var world = await FeatureWorld.OpenAsync();
        for (var i = 0; i < 24; i++)
        {
            await TellAsync(world, i, 0, "billing", i % 2 == 0 ? "ann" : "bo");
            Assert.IsType<Answer<Standing>.Granted>(await world.Engine.Rulings.HandleAsync(new($"d-{i:000}", CorrectionVerdict.Confirm, null, "read it", new("lead")), default));
        }
        for (var i = 24; i < 40; i++) await TellAsync(world, i, 0, "billing", i % 2 == 0 ? "ann" : "bo");
        for (var i = 40; i < 50; i++) await TellAsync(world, i, 2, "fraud", "cy");
        for (var i = 50; i < 90; i++) await TellAsync(world, i, 0, "fraud", "mallory");

        var watch = new WatchTrust(world.Engine.Store, new(world.Engine.Store, world.Engine.Agents, world.Engine.Cases));
        var harmful = Assert.Single(watch.Look(world.Now).Harmful);
        Assert.Equal((world.Engine.Store.PrincipalOf("mallory"), "router"), (harmful.Principal, harmful.Agent));
        Assert.True(world.Engine.Trust.Find("mallory") is { IsSuspect: true, Agents: [{ Batch.IsAlarming: true }] });
        Assert.False(world.Engine.Trust.Find("cy")!.IsSuspect);
    }
}
