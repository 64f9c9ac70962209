using System.Text.Json;

namespace Emend.Cli.Tests.Evaluating;

public class Protecting_a_case
{
    // Proposed was cancel_order, which all corrections of its like call order_cancellation now.
    private const string Decision = "sd-0003";

    [Fact]
    public async Task blocks_the_candidate_that_breaks_it_until_it_is_protected_no_longer()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var added = await desk.JsonAsync($"golden add {Decision} --expect cancel_order --why \"promised to the carrier\" --as lead-mira");
        Assert.Equal(Decision, Assert.Single(added.GetProperty("cases").EnumerateArray()).GetProperty("id").GetString());
        var candidate = (await desk.JsonAsync("candidates build support-router --as ada")).GetProperty("digest").GetString();

        var blocked = Gate(await desk.JsonAsync($"candidates evaluate {candidate} --as ada", ExitCode.Refused), "G1");
        Assert.Equal("Block", blocked.GetProperty("verdict").GetString());
        Assert.Contains(Decision, blocked.GetProperty("reason").GetString(), StringComparison.Ordinal);
        (await desk.RunAsync($"candidates approve {candidate} --why x --accept-unproven --as lead-mira")).Ends(ExitCode.Refused);

        Assert.Empty((await desk.JsonAsync($"golden remove support-router {Decision} --why \"carrier changed\" --as lead-mira")).GetProperty("cases").EnumerateArray());
        Assert.NotEqual("Block", Gate(await desk.JsonAsync($"candidates evaluate {candidate} --as ada"), "G1").GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task after_the_evaluation_makes_the_evaluation_stale()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var candidate = (await desk.JsonAsync("candidates build support-router --as ada")).GetProperty("digest").GetString();
        await desk.JsonAsync($"candidates evaluate {candidate} --as ada");
        (await desk.RunAsync($"golden add {Decision} --expect order_cancellation --why \"stays so\" --as lead-mira")).Ends();
        Assert.Contains("candidate.evaluation-stale", (await desk.RunAsync($"candidates approve {candidate} --why x --accept-unproven --as lead-mira")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task twice_is_refused_and_what_is_not_there_is_not_found()
    {
        using var desk = await SampleDesk.ImportedAsync();
        (await desk.RunAsync($"golden add {Decision} --expect order_cancellation --why x --as lead-mira")).Ends();
        (await desk.RunAsync($"golden add {Decision} --expect order_cancellation --why x --as lead-mira")).Ends(ExitCode.Refused);
        (await desk.RunAsync("golden add sd-9999 --expect complaint --why x --as lead-mira")).Ends(ExitCode.NotFound);
        (await desk.RunAsync("golden remove support-router sd-0001 --why x --as lead-mira")).Ends(ExitCode.NotFound);
        (await desk.RunAsync("golden list nobody")).Ends(ExitCode.NotFound);
        Assert.Contains(Decision, (await desk.RunAsync("golden list support-router")).Ends().Output, StringComparison.Ordinal);
    }

    private static JsonElement Gate(JsonElement report, string id) => report.GetProperty("gates").EnumerateArray().Single(g => g.GetProperty("id").GetString() == id);
}
