using System.Text.Json;

namespace Emend.Cli.Tests.Reviewing;

public class Withdrawing_a_correction
{
    [Fact]
    public async Task looking_first_changes_nothing_and_shows_what_doing_it_does()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        var correction = await EvidenceAsync(desk, "x-");
        var before = (await desk.RunAsync("audit digest")).Output;

        var preview = await desk.JsonAsync($"corrections withdraw {correction} --preview");
        Assert.Equal(before, (await desk.RunAsync("audit digest")).Output);
        Assert.Equal(desk.Candidate, preview.GetProperty("served").GetString());
        Assert.NotEqual(desk.Candidate, preview.GetProperty("rebuilt").GetString());
        // It was remembered for its own case: that case is forgotten.
        Assert.Contains(preview.GetProperty("rulesRemoved").EnumerateArray(), static r => r.GetString()!.StartsWith("x-", StringComparison.Ordinal));

        var done = await desk.JsonAsync($"corrections withdraw {correction} --why \"wrong customer\" --as rosa");
        foreach (var same in new[] { "served", "rebuilt", "rulesRemoved", "rulesAdded", "replay" })
            Assert.Equal(preview.GetProperty(same).GetRawText(), done.GetProperty(same).GetRawText());
        Assert.Equal(JsonValueKind.Object, done.GetProperty("evaluation").ValueKind);
    }

    [Fact]
    public async Task the_rebuilt_bundle_takes_the_old_ones_place_through_approval_and_release()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        var done = await desk.JsonAsync($"corrections withdraw {await EvidenceAsync(desk)} --why \"wrong customer\" --as rosa");
        var rebuilt = done.GetProperty("rebuilt").GetString();
        // Taking back is as careful as bringing in: nothing is served differently until somebody else approves and releases.
        Assert.Equal(desk.Candidate, (await desk.JsonAsync("release status support-router")).GetProperty("served").GetString());
        (await desk.RunAsync($"candidates approve {rebuilt} --why x --accept-unproven --as rosa")).Ends(ExitCode.Refused);
        (await desk.RunAsync($"candidates approve {rebuilt} --why x --accept-unproven --as lead-mira")).Ends();
        var started = await desk.JsonAsync($"release start support-router {rebuilt} --as olu");
        Assert.Equal(rebuilt, started.GetProperty("release").GetProperty("candidate").GetString());
    }

    [Fact]
    public async Task a_second_time_is_refused_and_an_unknown_one_is_not_found()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var id = (await desk.JsonAsync("corrections list --limit 1"))[0].GetProperty("id").GetString();
        (await desk.RunAsync($"corrections withdraw {id} --as rosa")).Ends(ExitCode.BadInput);
        (await desk.RunAsync($"corrections withdraw {id} --why x --as rosa")).Ends();
        (await desk.RunAsync($"corrections withdraw {id} --why x --as rosa")).Ends(ExitCode.Refused);
        (await desk.RunAsync("corrections withdraw nope --why x --as rosa")).Ends(ExitCode.NotFound);
        (await desk.RunAsync("corrections withdraw nope --preview")).Ends(ExitCode.NotFound);
        Assert.True((await desk.JsonAsync("corrections list --limit 1"))[0].GetProperty("withdrawn").GetBoolean());
    }

    /// <summary>A correction behind a served rule: m- for one that was mined, x- for one remembered case.</summary>
    internal static async Task<string> EvidenceAsync(SampleDesk desk, string kind = "m-")
    {
        var rules = (await desk.JsonAsync("rules list support-router")).GetProperty("rules").EnumerateArray();
        var rule = rules.First(r => r.GetProperty("id").GetString()!.StartsWith(kind, StringComparison.Ordinal)).GetProperty("id").GetString();
        var evidence = (await desk.JsonAsync($"rules show support-router {rule}")).GetProperty("evidence")[0].GetString();
        return (await desk.JsonAsync($"corrections list --decision {evidence}"))[0].GetProperty("id").GetString()!;
    }
}
