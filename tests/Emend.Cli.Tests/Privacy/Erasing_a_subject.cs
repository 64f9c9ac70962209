namespace Emend.Cli.Tests.Privacy;

public class Erasing_a_subject
{
    // Subject of sd-0001.
    private const string Text = "Do I get the refund before you have inspected the return?";

    [Fact]
    public async Task the_journal_verifies_as_before_and_the_text_is_gone_from_export_and_receipts()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        Assert.Contains(Text, (await desk.RunAsync("export decisions")).Output, StringComparison.Ordinal);

        (await desk.RunAsync("subjects erase cust-0091 --why \"request 77\" --as noor")).Ends(ExitCode.BadInput);
        var entry = (await desk.JsonAsync("subjects erase cust-0091 --why \"request 77\" --yes --as noor")).GetProperty("entry").GetInt64();
        (await desk.RunAsync("subjects erase cust-0091 --why \"request 77\" --yes --as noor")).Ends(ExitCode.NotFound);

        var audit = await desk.JsonAsync("audit verify");
        Assert.True(audit.GetProperty("sound").GetBoolean());
        Assert.Equal(entry + 1, audit.GetProperty("entries").GetInt64());
        Assert.True(audit.GetProperty("erasedRecords").GetInt64() > 0);
        foreach (var kind in new[] { "decisions", "corrections", "outcomes" }) Assert.DoesNotContain(Text, (await desk.RunAsync("export " + kind)).Ends().Output, StringComparison.Ordinal);
        Assert.Contains("sd-0001", (await desk.RunAsync("export decisions")).Output, StringComparison.Ordinal);
        (await desk.RunAsync("audit receipt sd-0001 --disclose input")).Ends(ExitCode.BadInput);
        Assert.DoesNotContain(Text, (await desk.RunAsync("lineage sd-0001")).Ends().Output, StringComparison.Ordinal);
        Assert.True((await desk.JsonAsync("audit rebuild")).GetProperty("same").GetBoolean());
        // Nothing on disk says it in clear, before or after.
        foreach (var file in Directory.EnumerateFiles(desk.Data, "*", SearchOption.AllDirectories))
            Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf("inspected the return"u8) < 0, file);
    }

    [Fact]
    public async Task an_unknown_one_is_not_found()
    {
        using var desk = await SampleDesk.ImportedAsync();
        (await desk.RunAsync("subjects erase nobody --why x --yes --as noor")).Ends(ExitCode.NotFound);
    }
}
