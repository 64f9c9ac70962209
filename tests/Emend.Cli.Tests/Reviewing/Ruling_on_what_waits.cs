namespace Emend.Cli.Tests.Reviewing;

public class Ruling_on_what_waits
{
    // Two reviewers disagree on it: bo and ines.
    private const string Disputed = "sd-0221";

    [Fact]
    public async Task the_disputed_decision_waits_with_the_reason()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var waiting = await desk.JsonAsync("reviews list --agent support-router");
        var item = Assert.Single(waiting.GetProperty("items").EnumerateArray(), static i => i.GetProperty("decisionId").GetString() == Disputed);
        Assert.Equal(("review", "2 submitters disagree", 2), (item.GetProperty("lane").GetString(), item.GetProperty("whyAsked").GetString(), item.GetProperty("corrections").GetArrayLength()));
        Assert.Contains(Disputed, (await desk.RunAsync("reviews list")).Ends().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bo")]
    [InlineData("ines")]
    public async Task nobody_rules_on_their_own_correction(string who)
    {
        using var desk = await SampleDesk.ImportedAsync();
        var refused = (await desk.RunAsync($"reviews rule {Disputed} --verdict confirm --why x --as {who}")).Ends(ExitCode.Refused);
        Assert.Contains("review.own-correction", refused.Error, StringComparison.Ordinal);
        Assert.Contains(Disputed, (await desk.RunAsync("reviews list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task somebody_else_settles_it()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var before = (await desk.JsonAsync("reviews list")).GetProperty("waiting").GetInt32();
        var ruled = await desk.JsonAsync($"reviews rule {Disputed} --verdict modify --action delivery_status --why \"asks where it is\" --as lead-mira");
        Assert.True(ruled.GetProperty("wrong").GetBoolean());
        Assert.Equal("delivery_status", ruled.GetProperty("truth").GetString());
        var after = await desk.JsonAsync("reviews list");
        Assert.Equal(before - 1, after.GetProperty("waiting").GetInt32());
        Assert.DoesNotContain(after.GetProperty("items").EnumerateArray(), static i => i.GetProperty("decisionId").GetString() == Disputed);
    }

    [Theory]
    [InlineData("--verdict modify --why x")]
    [InlineData("--verdict modify --action refund_sttus --why x")]
    [InlineData("--verdict modify --action refund_status --args [1] --why x")]
    [InlineData("--verdict confirm --why \" \"")]
    public async Task half_a_ruling_is_bad_input_and_leaves_it_waiting(string options)
    {
        using var desk = await SampleDesk.ImportedAsync();
        Assert.NotEmpty((await desk.RunAsync($"reviews rule {Disputed} {options} --as lead-mira")).Ends(ExitCode.BadInput).Error);
        Assert.Contains(Disputed, (await desk.RunAsync("reviews list")).Output, StringComparison.Ordinal);
    }
}
