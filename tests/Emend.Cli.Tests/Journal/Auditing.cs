namespace Emend.Cli.Tests.Journal;

public class Auditing
{
    [Fact]
    public async Task the_journal_verifies_and_says_how_much_it_holds()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var before = await desk.JsonAsync("audit verify");
        Assert.True(before.GetProperty("sound").GetBoolean());
        // 679 decisions, 414 corrections, 1,033 outcomes, the agent, and a record for each import's own bookkeeping at most.
        Assert.InRange(before.GetProperty("records").GetInt64(), 679 + 414 + 1033 + 1, 679 + 414 + 1033 + 10);
        (await desk.RunAsync("audit checkpoint")).Ends();
        Assert.Equal(1, (await desk.JsonAsync("audit verify")).GetProperty("checkpoints").GetInt32());
    }

    [Fact]
    public async Task read_models_built_again_are_the_same()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        var digest = (await desk.JsonAsync("audit digest")).GetString();
        var rebuilt = await desk.JsonAsync("audit rebuild");
        Assert.True(rebuilt.GetProperty("same").GetBoolean());
        Assert.Equal((digest, digest), (rebuilt.GetProperty("before").GetString(), rebuilt.GetProperty("after").GetString()));
    }

    [Theory]
    [InlineData("sd-0002")]
    [InlineData("correction")]
    public async Task a_receipt_verifies_with_the_public_key_alone(string id)
    {
        using var desk = await SampleDesk.ImportedAsync();
        if (id == "correction") id = (await desk.JsonAsync("corrections list --limit 1"))[0].GetProperty("id").GetString()!;
        (await desk.RunAsync($"audit receipt {id} --disclose at --to {desk.At("receipt.txt")}")).Ends();
        File.Copy(Path.Combine(desk.Data, "workspaces", "default", "journal.vkey"), desk.At("journal.vkey"));
        Directory.Delete(desk.Data, recursive: true);

        var verified = (await CliRun.OfAsync($"audit verify --receipt {desk.At("receipt.txt")} --key {desk.At("journal.vkey")} --data {desk.At("nowhere")} --json")).Ends().Json;
        Assert.Equal(id, verified.GetProperty("record").GetString());
        Assert.NotEmpty(verified.GetProperty("disclosed").EnumerateObject());
        Assert.False(Directory.Exists(desk.At("nowhere")));
    }

    [Fact]
    public async Task an_altered_receipt_or_another_journals_key_verifies_nothing()
    {
        using var desk = await SampleDesk.ImportedAsync();
        using var other = SampleDesk.Empty();
        (await other.RunAsync($"agents add {SampleDesk.Sample("agent.json")}")).Ends();
        (await other.RunAsync("audit checkpoint")).Ends();
        var receipt = (await desk.RunAsync("audit receipt sd-0002 --disclose action")).Ends().Output;
        var key = Path.Combine(desk.Data, "workspaces", "default", "journal.vkey");

        (await CliRun.OfAsync($"audit verify --receipt {desk.Write("same.txt", receipt.TrimEnd('\n'))} --key {key}")).Ends();
        var random = TestKit.Seed.Next();
        var letters = receipt.Select(static (c, i) => (c, i)).Where(static x => char.IsAsciiLetterOrDigit(x.c)).Select(static x => x.i).ToList();
        for (var i = 0; i < 40; i++)
        {
            var at = letters[random.Next(letters.Count)];
            // Two letters further, so that no unused bits of base64 are all that changes.
            var altered = receipt[..at] + (char)(receipt[at] is 'y' or 'z' or 'Y' or 'Z' or '8' or '9' ? receipt[at] - 5 : receipt[at] + 2) + receipt[(at + 1)..];
            File.WriteAllText(desk.At("altered.txt"), altered);
            var run = (await CliRun.OfAsync($"audit verify --receipt {desk.At("altered.txt")} --key {key} --json")).Ends(ExitCode.DoesNotVerify);
            Assert.False(run.Json.GetProperty("verifies").GetBoolean());
        }
        (await CliRun.OfAsync($"audit verify --receipt {desk.At("same.txt")} --key {Path.Combine(other.Data, "workspaces", "default", "journal.vkey")}")).Ends(ExitCode.DoesNotVerify);
        (await CliRun.OfAsync($"audit verify --receipt {desk.At("missing.txt")} --key {key}")).Ends(ExitCode.BadInput);
        (await CliRun.OfAsync($"audit verify --receipt {desk.At("same.txt")} --key {desk.At("missing.vkey")}")).Ends(ExitCode.BadInput);
    }

    [Fact]
    public async Task a_receipt_of_nothing_known_is_not_found_and_an_unknown_field_is_bad_input()
    {
        using var desk = await SampleDesk.ImportedAsync();
        (await desk.RunAsync("audit receipt nope")).Ends(ExitCode.NotFound);
        Assert.Contains("action", (await desk.RunAsync("audit receipt sd-0002 --disclose acton")).Ends(ExitCode.BadInput).Error, StringComparison.Ordinal);
    }
}
