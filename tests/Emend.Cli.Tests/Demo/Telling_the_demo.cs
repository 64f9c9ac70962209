using System.Text.Json;
using Emend.TestKit;

namespace Emend.Cli.Tests.Demo;

public class Telling_the_demo
{
    [Fact]
    public async Task on_the_sample_that_ships_it_ends_green_and_helps_more_than_it_breaks()
    {
        using var folder = new TemporaryFolder();
        var home = Path.Combine(folder.Path, "demo");
        var story = (await CliRun.OfAsync($"demo --out {home} --json")).Ends().Json;
        BreaksNothingAndVerifies(story);
        Assert.True(Sum(story, "emendErrors") < Sum(story, "agentErrors"), story.GetRawText());
        Assert.NotEqual(0, story.GetProperty("suspended").GetArrayLength());
        // The folder that is left behind is a data directory like any other.
        Assert.True((await CliRun.OfAsync($"audit verify --data {home} --json")).Ends().Json.GetProperty("sound").GetBoolean());

        // Again, for people: it makes place for itself.
        var told = (await CliRun.OfAsync($"demo --out {home}")).Ends().Output;
        foreach (var said in new[] { "What was recorded", "cancel_order", "Nobody can approve it", "refused", "mira", "1 %", "approved by", "takes it back", "byte for byte", "quarantine-suggested", "0 of its rules rest on what vic said", "is suspended by itself", "The journal verifies", "emend lineage" })
            Assert.Contains(said, told, StringComparison.Ordinal);
    }

    [SharedDataFact("demo", "decisions.jsonl")]
    public async Task on_the_decisions_of_a_real_model_too()
    {
        using var folder = new TemporaryFolder();
        var story = (await CliRun.OfAsync($"demo --data {SharedData.Path("demo")} --out {Path.Combine(folder.Path, "demo")} --json")).Ends().Json;
        BreaksNothingAndVerifies(story);
        // 51 corrections by three people: no rule rests on three of them and survives the loss of any one.
        Assert.Equal((0, 0), (story.GetProperty("rules").GetInt32(), Sum(story, "fixes")));
    }

    [Fact]
    public async Task a_folder_it_did_not_make_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        var mine = Path.Combine(folder.Path, "thesis.txt");
        await File.WriteAllTextAsync(mine, "three years of work");
        (await CliRun.OfAsync($"demo --out {folder.Path}")).Ends(ExitCode.BadInput);
        Assert.Equal("three years of work", await File.ReadAllTextAsync(mine));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task data_it_cannot_read_is_named()
    {
        using var folder = new TemporaryFolder();
        var empty = Directory.CreateDirectory(Path.Combine(folder.Path, "empty")).FullName;
        var run = (await CliRun.OfAsync($"demo --data {empty} --out {Path.Combine(folder.Path, "demo")}")).Ends(ExitCode.BadInput);
        Assert.Contains("decisions.jsonl", run.Error, StringComparison.Ordinal);
    }

    private static void BreaksNothingAndVerifies(JsonElement story)
    {
        Assert.Equal("Blocked", story.GetProperty("rash").GetString());
        Assert.NotEqual("Blocked", story.GetProperty("gates").GetString());
        Assert.True(story.GetProperty("verified").GetBoolean());
        Assert.Equal(story.GetProperty("candidate").GetString(), story.GetProperty("served").GetString());
        Assert.NotEqual(story.GetProperty("candidate").GetString(), story.GetProperty("rebuilt").GetString());
        Assert.True(story.GetProperty("setAside").GetInt32() > 0);

        var steps = story.GetProperty("steps").EnumerateArray().ToList();
        Assert.Equal([0, 100, 500, 2_500, 10_000], steps.Select(static s => s.GetProperty("shareBp").GetInt32()));
        Assert.All(steps, static s => Assert.True(s.GetProperty("byCandidate").GetInt32() > 0 || s.GetProperty("shareBp").GetInt32() == 0));
        Assert.Equal(0, steps[0].GetProperty("changed").GetInt32());
        Assert.True(Sum(story, "breaks") <= 0.15 * Sum(story, "fixes"), story.GetRawText());
        Assert.Equal(Sum(story, "agentErrors") - Sum(story, "emendErrors"), Sum(story, "fixes") - Sum(story, "breaks"));
    }

    private static int Sum(JsonElement story, string figure) => story.GetProperty("steps").EnumerateArray().Sum(step => step.GetProperty(figure).GetInt32());
}
