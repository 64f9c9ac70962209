using System.Text.Json;

namespace Emend.Cli.Tests.Releasing;

public class Releasing_by_itself
{
    private const string Wrong = """{"decisionId":"sd-0003","verdict":"modify","action":"order_cancellation","by":"bo","at":"2026-03-27T09:00:00Z"}""";

    [Fact]
    public async Task what_the_envelope_covers_is_released_at_the_end_of_an_import_and_said_in_one_line()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var said = desk.Write("c.jsonl", Wrong);

        var run = (await desk.RunAsync($"import corrections {said} --as rosa")).Ends();
        var status = await desk.JsonAsync("release status support-router");

        Assert.Single(run.Lines, static line => line.StartsWith("fast lane: support-router: ", StringComparison.Ordinal));
        Assert.Contains($"({status.GetProperty("release").GetProperty("id").GetString()},", run.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.True(status.GetProperty("release").GetProperty("automatic").GetBoolean());
        Assert.True(status.GetProperty("release").GetProperty("shareBp").GetInt32() > 0);
        var candidate = await desk.JsonAsync($"candidates show {status.GetProperty("release").GetProperty("candidate").GetString()}");
        Assert.Equal("policy:fast-lane", candidate.GetProperty("author").GetString());
        Assert.Equal("policy:fast-lane", candidate.GetProperty("approvals")[0].GetProperty("by").GetString());
    }

    [Fact]
    public async Task nothing_is_released_when_asked_not_to_or_when_nothing_came_in()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var said = desk.Write("c.jsonl", Wrong);

        Assert.Empty((await desk.JsonAsync($"import corrections {said} --no-release")).GetProperty("fastLane").EnumerateArray());
        Assert.False((await desk.JsonAsync("release status support-router")).TryGetProperty("release", out _));
        // All of it is known by now: there is nothing to act on.
        Assert.Empty((await desk.JsonAsync($"import corrections {said}")).GetProperty("fastLane").EnumerateArray());
        Assert.False((await desk.JsonAsync("release status support-router")).TryGetProperty("release", out _));
    }

    [Fact]
    public async Task asked_by_hand_it_says_what_it_did_and_then_that_there_is_nothing_new()
    {
        using var desk = await SampleDesk.ImportedAsync();

        var first = await desk.JsonAsync("release auto support-router");
        var again = await desk.JsonAsync("release auto support-router");

        Assert.Equal("started", first.GetProperty("outcome").GetString());
        Assert.True(first.GetProperty("remembered").GetInt32() + first.GetProperty("learned").GetInt32() > 0);
        Assert.Equal(JsonValueKind.Object, again.ValueKind);
        Assert.NotEqual("started", again.GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task it_gives_way_to_a_release_that_a_person_starts_and_stays_out_of_its_way()
    {
        using var desk = await SampleDesk.ImportedAsync();
        await desk.JsonAsync("release auto support-router");
        var candidate = (await desk.JsonAsync("candidates build support-router --as ada")).GetProperty("digest").GetString();
        await desk.JsonAsync($"candidates evaluate {candidate} --as ada");
        await desk.JsonAsync($"candidates approve {candidate} --why \"read it\" --accept-unproven --as lead-mira");

        var started = await desk.JsonAsync($"release start support-router {candidate} --as olu");

        Assert.Equal(candidate, started.GetProperty("release").GetProperty("candidate").GetString());
        Assert.False(started.GetProperty("release").GetProperty("automatic").GetBoolean());
        Assert.Contains("release.under-way", (await desk.RunAsync("release auto support-router")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task after_something_was_taken_back_it_waits_for_a_person()
    {
        using var desk = await SampleDesk.ImportedAsync();
        await desk.JsonAsync("release auto support-router");

        Assert.True((await desk.JsonAsync("release rollback support-router --why \"returns pile up\" --as olu")).GetProperty("fastLaneHeld").GetBoolean());
        Assert.Contains("fastlane.held", (await desk.RunAsync("release auto support-router")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);
        Assert.Contains("fast lane is held", (await desk.RunAsync("release status support-router")).Ends().Output, StringComparison.Ordinal);
        Assert.False((await desk.JsonAsync("release resume support-router --as olu")).GetProperty("fastLaneHeld").GetBoolean());
        Assert.Equal("started", (await desk.JsonAsync("release auto support-router")).GetProperty("outcome").GetString());
    }
}
