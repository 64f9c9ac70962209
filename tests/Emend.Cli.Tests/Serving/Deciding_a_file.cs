using System.Text.Json;

namespace Emend.Cli.Tests.Serving;

public class Deciding_a_file
{
    [Fact]
    public async Task answers_every_line_in_order_with_cause_and_arm()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        Assert.Equal(File.ReadLines(SampleDesk.Sample("decisions.jsonl")).Select(static l => JsonDocument.Parse(l).RootElement.GetProperty("id").GetString()), desk.Decided.Select(static d => d.GetProperty("decisionId").GetString()));
        Assert.Equal(60, desk.Decided.Count(static d => d.GetProperty("arm").GetString() == "shadow"));
        Assert.Contains(desk.Decided, static d => d.GetProperty("arm").GetString() == "canary");
        // In the shadow nothing learned acts; whatever acts says which rule of which bundle.
        Assert.All(desk.Decided.Take(60), static d => Assert.Equal("keep", d.GetProperty("disposition").GetString()));
        Assert.All(desk.Decided, d => Assert.Equal(d.GetProperty("cause").GetString() is "rule" or "guardrail", d.TryGetProperty("rule", out _)));
        Assert.All(desk.Decided.Where(static d => d.TryGetProperty("rule", out _)), d => Assert.Equal(desk.Candidate, d.GetProperty("bundle").GetString()));
    }

    [Fact]
    public async Task who_asks_again_is_told_the_same_whatever_was_released_since()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        var all = SampleDesk.Sample("decisions.jsonl");
        var before = (await desk.RunAsync("audit digest")).Output;
        var again = (await desk.RunAsync($"decide {all} --as gateway")).Ends();
        Assert.Contains("679 were served before", again.Error, StringComparison.Ordinal);
        Assert.Equal(desk.Decided.Select(static d => d.GetRawText()), again.Lines);
        Assert.Equal(before, (await desk.RunAsync("audit digest")).Output);
    }

    [Fact]
    public async Task nothing_released_means_every_proposal_stands()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var decided = await desk.JsonAsync($"decide {desk.SomeDecisions(0, 30)}");
        Assert.All(decided.EnumerateArray(), static d => Assert.Equal(("keep", "none", "stable"), (d.GetProperty("disposition").GetString(), d.GetProperty("cause").GetString(), d.GetProperty("arm").GetString())));
    }

    [Fact]
    public async Task an_empty_file_is_no_answers()
    {
        using var desk = await SampleDesk.ImportedAsync();
        Assert.Equal(0, (await desk.JsonAsync($"decide {desk.Write("none.jsonl")}")).GetArrayLength());
        Assert.Empty((await desk.RunAsync($"decide {desk.Write("none.jsonl")}")).Ends().Output);
    }

    [Fact]
    public async Task bad_lines_are_left_out_and_the_others_answered()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var file = desk.Write("some.jsonl", [.. File.ReadLines(SampleDesk.Sample("decisions.jsonl")).Take(2), "nonsense"]);
        Assert.Equal(2, (await desk.JsonAsync($"decide {file}", ExitCode.DoneWithSkips)).GetArrayLength());
        (await desk.RunAsync($"decide {file} --strict")).Ends(ExitCode.BadInput);
    }
}
