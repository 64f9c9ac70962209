using Emend.Engine.Storage;
using Emend.TestKit;

namespace Emend.Cli.Tests;

public class Ending_with_an_exit_code
{
    [Theory]
    [InlineData("import decisions /nowhere/d.jsonl")]
    [InlineData("decide /nowhere/d.jsonl")]
    [InlineData("agents add /nowhere/agent.json")]
    [InlineData("export decisions --to /nowhere/d.jsonl")]
    [InlineData("backtest --decisions /nowhere/d.jsonl --outcomes /nowhere/o.jsonl")]
    [InlineData("audit verify --workspace ../other")]
    [InlineData("audit verify --workspace Other")]
    public async Task bad_input_is_2(string line)
    {
        using var desk = await SampleDesk.ImportedAsync();
        var run = (line.StartsWith("backtest", StringComparison.Ordinal) ? await CliRun.OfAsync(line) : await desk.RunAsync(line)).Ends(ExitCode.BadInput);
        Assert.Empty(run.Output);
        Assert.StartsWith("error:", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"id":"","actions":["x"]}""")]
    [InlineData("""{"id":"a","actions":["x"],"risk":"enormous"}""")]
    [InlineData("""{"id":"a","actions":["x"],"guardrails":[{"id":"g","when":"amount >","effect":"block","because":"b"}]}""")]
    public async Task a_wrong_agent_file_is_2_and_registers_nothing(string json)
    {
        using var desk = SampleDesk.Empty();
        (await desk.RunAsync($"agents add {desk.Write("agent.json", json)}")).Ends(ExitCode.BadInput);
        Assert.Empty((await desk.JsonAsync("agents list")).EnumerateArray());
    }

    [Theory]
    [InlineData("agents show nobody")]
    [InlineData("candidates build nobody")]
    [InlineData("candidates show abcd")]
    [InlineData("candidates evaluate abcd")]
    [InlineData("candidates approve abcd --why x")]
    [InlineData("candidates reject abcd --why x")]
    [InlineData("candidates show ab")]
    [InlineData("guardrails list nobody")]
    [InlineData("guardrails check abcd")]
    [InlineData("guardrails remove support-router nothing")]
    [InlineData("golden list nobody")]
    [InlineData("golden remove support-router nothing --why x")]
    [InlineData("release status nobody")]
    [InlineData("release start support-router abcd")]
    [InlineData("release start nobody abcd")]
    [InlineData("rules list nobody")]
    [InlineData("rules list support-router")]
    [InlineData("reviews rule nothing --verdict confirm --why x")]
    [InlineData("corrections withdraw nothing --why x")]
    [InlineData("lineage nothing")]
    [InlineData("audit receipt nothing")]
    [InlineData("subjects erase nobody --why x --yes")]
    public async Task an_unknown_id_is_4(string line)
    {
        using var desk = await SampleDesk.ImportedAsync();
        var run = (await desk.RunAsync(line + " --json")).Ends(ExitCode.NotFound);
        Assert.Empty(run.Output);
        Assert.Contains("fix:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_rule_that_says_no_is_3()
    {
        using var desk = await SampleDesk.ImportedAsync();
        (await desk.RunAsync($"agents add {SampleDesk.Sample("agent.json")}")).Ends(ExitCode.Refused);
        (await desk.RunAsync("release advance support-router")).Ends(ExitCode.Refused);
        (await desk.RunAsync("release rollback support-router --why x")).Ends(ExitCode.Refused);
    }

    [Fact]
    public async Task a_data_directory_that_another_process_writes_is_7()
    {
        using var desk = await SampleDesk.ImportedAsync();
        using (DataDirectory.Open(desk.Data).Workspace("default").TakeLock())
        {
            var run = (await desk.RunAsync("agents list")).Ends(ExitCode.Unavailable);
            Assert.Contains("another process", run.Error, StringComparison.Ordinal);
        }
        (await desk.RunAsync("agents list")).Ends();
    }

    [Fact]
    public async Task a_journal_with_an_altered_byte_is_5_whenever_the_journal_is_what_was_altered_and_never_a_fault()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var sound = await File.ReadAllBytesAsync(desk.Journal);
        var random = Seed.Next();
        var found = 0;
        for (var i = 0; i < 25; i++)
        {
            var altered = (byte[])sound.Clone();
            var at = random.Next(100, altered.Length);
            altered[at] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(desk.Journal, altered);
            var run = await desk.RunAsync("audit verify --json");
            // A byte of a read model or of no row at all is not the journal's; `audit rebuild` is for those.
            Assert.True(run.Code is ExitCode.DoesNotVerify or ExitCode.Done or ExitCode.BadInput, $"byte {at}: {run}");
            if (run.Code == ExitCode.DoesNotVerify) found++;
        }
        Assert.NotEqual(0, found);
    }
}
