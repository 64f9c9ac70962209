namespace Emend.Cli.Tests.Trust;

public class Asking_who_carries_a_bundle
{
    [Fact]
    public async Task shows_the_people_behind_every_learned_rule_and_what_falls_without_each()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        var report = await desk.JsonAsync($"trust influence {desk.Candidate} --people 2");
        Assert.Equal(desk.Candidate, report.GetProperty("bundle").GetString());
        Assert.NotEqual(0, report.GetProperty("rules").GetArrayLength());
        Assert.Equal(2, report.GetProperty("people").GetArrayLength());
        // What was built for release stands without any one of them.
        foreach (var rule in report.GetProperty("rules").EnumerateArray().Where(static rule => rule.GetProperty("rule").GetString()!.StartsWith("m-", StringComparison.Ordinal)))
            Assert.True(rule.GetProperty("supporters").GetArrayLength() >= 3, rule.ToString());

        var text = (await desk.RunAsync($"trust influence {desk.Candidate} --people 1")).Ends().Output;
        Assert.Contains("rules stay without any one of 1 people", text, StringComparison.Ordinal);
        (await desk.RunAsync($"trust influence {desk.Candidate} --people 0")).Ends(ExitCode.BadInput);
        (await desk.RunAsync("trust influence ffffffff")).Ends(ExitCode.NotFound);
    }
}
