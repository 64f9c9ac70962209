namespace Emend.Cli.Tests.Evaluating;

public class Setting_guardrails
{
    [Theory]
    [InlineData("proposed.acton == \"x\"", "column 1", "proposed.action")]
    [InlineData("order_value > ", "column 15", "value")]
    [InlineData("order_value >> 5", "column 14", "5")]
    [InlineData("vip = true", "column 5", "==")]
    [InlineData("order_value > 5 adn vip == true", "column 17", "and")]
    public async Task a_mistake_in_the_condition_is_shown_with_its_place_and_a_suggestion(string when, string place, string suggestion)
    {
        using var desk = SampleDesk.Empty();
        (await desk.RunAsync($"agents add {SampleDesk.Sample("agent.json")}")).Ends();
        var wrong = (await desk.RunAsync("guardrails", "add", "support-router", "g", "--when", when, "--because", "x")).Ends(ExitCode.BadInput);
        var said = wrong.Error.ReplaceLineEndings(" ");
        Assert.Contains(place, said, StringComparison.Ordinal);
        Assert.Contains(suggestion, said, StringComparison.Ordinal);
        Assert.DoesNotContain(" g ", (await desk.RunAsync("guardrails list support-router")).Ends().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_rule_that_must_end_in_one_is_found()
    {
        using var desk = await SampleDesk.ImportedAsync();
        (await desk.RunAsync("guardrails", "add", "support-router", "no-cancelling", "--when", "proposed.action == \"order_cancellation\"", "--then", "block", "--because", "the carrier has it")).Ends();
        (await desk.RunAsync("guardrails", "add", "support-router", "no-cancelling", "--when", "vip == true", "--because", "twice")).Ends(ExitCode.BadInput);
        var candidate = (await desk.JsonAsync("candidates build support-router --as ada")).GetProperty("digest").GetString();
        var found = await desk.JsonAsync($"guardrails check {candidate}", ExitCode.Refused);
        Assert.Contains(found.EnumerateArray(), static f => f.GetProperty("guardrail").GetString() == "no-cancelling" && f.GetProperty("contact").GetString() == "always");
        Assert.Contains("no-cancelling", (await desk.RunAsync($"guardrails check {candidate}")).Ends(ExitCode.Refused).Output, StringComparison.Ordinal);

        // What was built before keeps it; the next one is without.
        (await desk.RunAsync("guardrails remove support-router no-cancelling")).Ends();
        (await desk.RunAsync("guardrails remove support-router no-cancelling")).Ends(ExitCode.NotFound);
        (await desk.RunAsync($"guardrails check {candidate}")).Ends(ExitCode.Refused);
        var next = (await desk.JsonAsync("candidates build support-router --as ada")).GetProperty("digest").GetString();
        Assert.NotEqual(candidate, next);
        Assert.DoesNotContain("no-cancelling", (await desk.RunAsync($"guardrails check {next}")).Ends().Output, StringComparison.Ordinal);
    }
}
