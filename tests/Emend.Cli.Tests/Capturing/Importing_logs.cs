namespace Emend.Cli.Tests.Capturing;

public class Importing_logs
{
    private const string Good = """{"id":"d-1","occurredAt":"2026-03-02T08:00:00Z","agent":"a","proposed":{"action":"x"}}""";

    [Theory]
    [InlineData("decisions")]
    [InlineData("corrections")]
    [InlineData("outcomes")]
    public async Task a_second_time_everything_is_known_already(string kind)
    {
        using var desk = await SampleDesk.ImportedAsync();
        var before = (await desk.RunAsync("audit digest")).Ends().Output;
        var lines = File.ReadLines(SampleDesk.Sample(kind + ".jsonl")).Count();
        var again = await desk.JsonAsync($"import {kind} {SampleDesk.Sample(kind + ".jsonl")} --as somebody-else");
        Assert.Equal((lines, 0, lines, 0), (again.GetProperty("lines").GetInt32(), again.GetProperty("accepted").GetInt32(), again.GetProperty("duplicates").GetInt32(), again.GetProperty("badLines").GetInt32()));
        Assert.Equal(before, (await desk.RunAsync("audit digest")).Output);
    }

    [Fact]
    public async Task bad_lines_are_named_counted_and_left_out()
    {
        using var desk = SampleDesk.Empty();
        var file = desk.Write("log.jsonl", Good, "{\"id\":", Good.Replace("d-1", "d-2", StringComparison.Ordinal), Good.Replace("2026-03-02T08:00:00Z", "yesterday", StringComparison.Ordinal));
        var run = (await desk.RunAsync($"import decisions {file}")).Ends(ExitCode.DoneWithSkips);
        Assert.Contains("2 accepted", run.Output, StringComparison.Ordinal);
        Assert.Contains("2 bad lines", run.Output, StringComparison.Ordinal);
        foreach (var said in new[] { "log.jsonl", "2", "4" }) Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task strictly_it_stops_at_the_first_bad_line_and_goes_on_once_that_is_mended()
    {
        using var desk = SampleDesk.Empty();
        (await desk.RunAsync("agents add " + desk.Write("agent.json", """{"id":"a","actions":["x"]}"""))).Ends();
        var file = desk.Write("log.jsonl", Good, "nonsense", Good.Replace("d-1", "d-2", StringComparison.Ordinal));
        var stopped = (await desk.RunAsync($"import decisions {file} --strict --json")).Ends(ExitCode.BadInput);
        Assert.True(stopped.Json.GetProperty("stopped").GetBoolean());
        desk.Write("log.jsonl", Good, Good.Replace("d-1", "d-2", StringComparison.Ordinal));
        var mended = await desk.JsonAsync($"import decisions {file} --strict");
        Assert.Equal(2, mended.GetProperty("accepted").GetInt32() + mended.GetProperty("duplicates").GetInt32());
        Assert.Equal(2, (await desk.RunAsync("export decisions")).Ends().Lines.Length);
    }

    [Fact]
    public async Task a_correction_ahead_of_its_decision_waits_and_counts_once_the_decision_is_there()
    {
        using var desk = SampleDesk.Empty();
        var correction = """{"decisionId":"d-1","verdict":"confirm","by":"bo","at":"2026-03-02T09:00:00Z"}""";
        var parked = await desk.JsonAsync($"import corrections {desk.Write("c.jsonl", correction)}");
        Assert.Equal(1, parked.GetProperty("parked").GetInt32());
        Assert.Equal("d-1", Assert.Single((await desk.JsonAsync("corrections parked")).EnumerateArray()).GetProperty("decisionId").GetString());
        (await desk.RunAsync($"import decisions {desk.Write("d.jsonl", Good)}")).Ends();
        Assert.Empty((await desk.JsonAsync("corrections parked")).EnumerateArray());
        Assert.False(Assert.Single((await desk.JsonAsync("corrections list")).EnumerateArray()).GetProperty("parked").GetBoolean());
    }

    [Fact]
    public async Task the_same_key_with_another_body_is_a_conflict_and_the_first_stays()
    {
        using var desk = SampleDesk.Empty();
        (await desk.RunAsync($"import decisions {desk.Write("d.jsonl", Good)}")).Ends();
        var other = await desk.JsonAsync($"import decisions {desk.Write("d.jsonl", Good.Replace("\"x\"", "\"y\"", StringComparison.Ordinal))}", ExitCode.DoneWithSkips);
        Assert.Equal(1, other.GetProperty("conflicts").GetInt32());
        Assert.Contains("\"x\"", (await desk.RunAsync("export decisions")).Output, StringComparison.Ordinal);
    }
}
