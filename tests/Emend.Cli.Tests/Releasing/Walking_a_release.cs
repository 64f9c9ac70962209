namespace Emend.Cli.Tests.Releasing;

public class Walking_a_release
{
    private static async Task<SampleDesk> ApprovedAsync()
    {
        var desk = await SampleDesk.ImportedAsync();
        var digest = (await desk.JsonAsync("candidates build support-router --as ada")).GetProperty("digest").GetString();
        await desk.JsonAsync($"candidates evaluate {digest} --as ada");
        await desk.JsonAsync($"candidates approve {digest} --why x --accept-unproven --as lead-mira");
        (await desk.RunAsync($"agents show {SampleDesk.Agent}")).Ends();
        desk.Write("candidate", digest!);
        return desk;
    }

    private static string CandidateOf(SampleDesk desk) => File.ReadAllText(desk.At("candidate")).Trim();

    [Fact]
    public async Task it_begins_in_the_shadow_soaks_and_is_held_and_let_go_on()
    {
        using var desk = await ApprovedAsync();
        var started = await desk.JsonAsync($"release start support-router {CandidateOf(desk)} --soak 60 --as olu");
        Assert.Equal(0, started.GetProperty("release").GetProperty("shareBp").GetInt32());
        Assert.Contains("release.under-way", (await desk.RunAsync($"release start support-router {CandidateOf(desk)} --as olu")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);
        Assert.Contains("release.still-soaking", (await desk.RunAsync("release advance support-router --as olu")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);

        Assert.True((await desk.JsonAsync("release pause support-router --why \"campaign today\" --as olu")).GetProperty("release").GetProperty("paused").GetBoolean());
        Assert.Contains("release.paused", (await desk.RunAsync("release advance support-router --as olu")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);
        Assert.False((await desk.JsonAsync("release resume support-router --as olu")).GetProperty("release").GetProperty("paused").GetBoolean());
        Assert.Contains("release.not-paused", (await desk.RunAsync("release resume support-router --as olu")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);
        Assert.Contains("in the shadow", (await desk.RunAsync("release status support-router")).Ends().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task without_data_it_does_not_widen()
    {
        using var desk = await ApprovedAsync();
        await desk.JsonAsync($"release start support-router {CandidateOf(desk)} --soak 0 --min-exposed 20 --as olu");
        Assert.Contains("release.no-data", (await desk.RunAsync("release advance support-router --without-proof --as olu")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);
        (await desk.RunAsync($"decide {desk.SomeDecisions(0, 20)}")).Ends();
        Assert.Equal(100, (await desk.JsonAsync("release advance support-router --as olu")).GetProperty("release").GetProperty("shareBp").GetInt32());
    }

    [Fact]
    public async Task taken_back_under_way_leaves_what_was_served()
    {
        using var desk = await ApprovedAsync();
        await desk.JsonAsync($"release start support-router {CandidateOf(desk)} --as olu");
        var back = await desk.JsonAsync("release rollback support-router --why \"returns pile up\" --as olu");
        Assert.False(back.TryGetProperty("release", out _));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, back.GetProperty("served").ValueKind);
        Assert.Equal("rolled back", (await desk.JsonAsync($"candidates show {CandidateOf(desk)}")).GetProperty("state").GetString());
        (await desk.RunAsync("release rollback support-router --why again --as olu")).Ends(ExitCode.Refused);
        // It needs another evaluation and approval to come again.
        (await desk.RunAsync($"release start support-router {CandidateOf(desk)} --as olu")).Ends(ExitCode.Refused);
    }

    [Fact]
    public async Task all_the_way_it_is_served_and_one_command_goes_back()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        var status = await desk.JsonAsync("release status support-router");
        Assert.Equal(desk.Candidate, status.GetProperty("served").GetString());
        Assert.False(status.TryGetProperty("release", out _));
        Assert.Equal("released", (await desk.JsonAsync($"candidates show {desk.Candidate}")).GetProperty("state").GetString());
        var back = await desk.JsonAsync("release rollback support-router --why \"returns pile up\" --as olu");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, back.GetProperty("served").ValueKind);
    }

    [Fact]
    public async Task the_kill_switch_lets_the_agent_decide_alone_at_once()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        (await desk.RunAsync("release kill-switch support-router on --why \"incident 12\" --as olu")).Ends();
        (await desk.RunAsync("release kill-switch support-router on --why again --as olu")).Ends(ExitCode.Refused);
        Assert.True((await desk.JsonAsync("release status support-router")).GetProperty("killed").GetBoolean());

        const string Renamed = """{"id":"d-1","occurredAt":"2026-03-27T08:00:00Z","agent":"support-router","taskType":"route_ticket","input":"Please cancel it","features":{},"proposed":{"action":"cancel_order"}}""";
        var killed = (await desk.JsonAsync($"decide {desk.Write("one.jsonl", Renamed)}"))[0];
        Assert.Equal(("cancel_order", "kill switch"), (killed.GetProperty("action").GetString(), killed.GetProperty("cause").GetString()));

        (await desk.RunAsync("release kill-switch support-router off --why \"over\" --as olu")).Ends();
        var again = (await desk.JsonAsync($"decide {desk.Write("two.jsonl", Renamed.Replace("d-1", "d-2", StringComparison.Ordinal))}"))[0];
        Assert.Equal(("order_cancellation", "rule"), (again.GetProperty("action").GetString(), again.GetProperty("cause").GetString()));
    }

    [Theory]
    [InlineData("--soak -1")]
    [InlineData("--min-exposed 0")]
    [InlineData("--min-judged -1")]
    public async Task a_policy_that_makes_no_sense_is_bad_input(string options)
    {
        using var desk = await ApprovedAsync();
        (await desk.RunAsync($"release start support-router {CandidateOf(desk)} {options} --as olu")).Ends(ExitCode.BadInput);
    }
}
