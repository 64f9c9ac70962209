namespace Emend.Cli.Tests.Learning;

public class Building_a_candidate
{
    [Fact]
    public async Task again_gives_the_same_bytes_and_one_entry_in_the_registry()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var first = await desk.JsonAsync("candidates build support-router --as ada");
        var again = await desk.JsonAsync("candidates build support-router --as ada");
        Assert.Equal(first.GetRawText(), again.GetRawText());
        Assert.Single((await desk.JsonAsync("candidates list")).EnumerateArray());
    }

    [Fact]
    public async Task learns_the_renamed_queues()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var built = (await desk.RunAsync("candidates build support-router --as ada")).Ends();
        foreach (var learned in new[] { "\"cancel_order\"", "order_cancellation", "\"billing_docs\"", "invoice_request" }) Assert.Contains(learned, built.Output, StringComparison.Ordinal);
        Assert.Contains("candidates evaluate", built.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task its_author_does_not_approve_it_nor_does_anybody_before_it_was_evaluated()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var digest = (await desk.JsonAsync("candidates build support-router --as ada")).GetProperty("digest").GetString()!;
        Assert.Contains("candidate.not-evaluated", (await desk.RunAsync($"candidates approve {digest} --why x --as lead-mira")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);
        (await desk.RunAsync($"release start support-router {digest} --as olu")).Ends(ExitCode.Refused);
        await desk.JsonAsync($"candidates evaluate {digest} --as ada");
        Assert.Contains("candidate.approver-is-author", (await desk.RunAsync($"candidates approve {digest} --why x --accept-unproven --as ada")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);

        var approved = await desk.JsonAsync($"candidates approve {digest[7..15]} --why \"read it\" --accept-unproven --as lead-mira");
        Assert.Equal(("approved", "lead-mira"), (approved.GetProperty("state").GetString(), approved.GetProperty("approvals")[0].GetProperty("by").GetString()));
        Assert.Contains("release.promoter-is-only-approver", (await desk.RunAsync($"release start support-router {digest} --as lead-mira")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_rejected_one_is_not_released()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var digest = (await desk.JsonAsync("candidates build support-router --as ada")).GetProperty("digest").GetString();
        Assert.Equal("rejected", (await desk.JsonAsync($"candidates reject {digest} --why \"not settled\" --as lead-mira")).GetProperty("state").GetString());
        (await desk.RunAsync($"release start support-router {digest} --as olu")).Ends(ExitCode.Refused);
    }

    [Fact]
    public async Task without_caution_it_is_blocked_and_nobody_can_approve_it()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var rash = (await desk.JsonAsync("candidates build support-router --rash --as ada")).GetProperty("digest").GetString();
        var report = await desk.JsonAsync($"candidates evaluate {rash} --as ada", ExitCode.Refused);
        Assert.Contains(report.GetProperty("gates").EnumerateArray(), static g => g.GetProperty("verdict").GetString() == "Block");
        Assert.Contains("candidate.blocked", (await desk.RunAsync($"candidates approve {rash} --why x --accept-unproven --as lead-mira")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task an_agent_nobody_corrected_has_nothing_to_learn_from()
    {
        using var desk = SampleDesk.Empty();
        (await desk.RunAsync($"agents add {SampleDesk.Sample("agent.json")}")).Ends();
        Assert.Contains("learn.nothing-to-learn-from", (await desk.RunAsync("candidates build support-router --as ada")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task rules_of_what_is_served_are_listed_and_shown_with_their_evidence()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        var listed = await desk.JsonAsync("rules list support-router");
        var candidate = await desk.JsonAsync($"rules list support-router --candidate {desk.Candidate[7..19]}");
        Assert.Equal(listed.GetRawText(), candidate.GetRawText());
        var rule = listed.GetProperty("rules")[0];
        var shown = await desk.JsonAsync($"rules show support-router {rule.GetProperty("id").GetString()}");
        Assert.NotEmpty(shown.GetProperty("evidence").EnumerateArray());
        var changed = desk.Decided.Count(d => d.TryGetProperty("rule", out var id) && id.GetString() == rule.GetProperty("id").GetString());
        Assert.Equal(changed, shown.GetProperty("changed").GetInt32());
        Assert.Contains("because", (await desk.RunAsync($"rules show support-router {rule.GetProperty("id").GetString()}")).Ends().Output, StringComparison.Ordinal);
    }
}
