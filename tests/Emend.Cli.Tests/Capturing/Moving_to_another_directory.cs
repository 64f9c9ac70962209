namespace Emend.Cli.Tests.Capturing;

public class Moving_to_another_directory
{
    private static readonly string[] Kinds = ["decisions", "corrections", "outcomes"];

    [Fact]
    public async Task what_is_exported_and_imported_elsewhere_is_the_same_state()
    {
        using var from = await SampleDesk.ImportedAsync();
        using var to = SampleDesk.Empty();
        // Backwards: corrections and outcomes come before what they are about.
        (await to.RunAsync($"agents add {SampleDesk.Sample("agent.json")}")).Ends();
        foreach (var kind in Kinds.Reverse())
        {
            var file = from.At(kind + ".jsonl");
            var written = await from.JsonAsync($"export {kind} --to {file}");
            Assert.Equal(File.ReadLines(file).Count(), written.GetProperty("lines").GetInt32());
            (await to.RunAsync($"import {kind} {file}")).Ends();
        }
        Assert.Equal((await from.RunAsync("audit digest")).Ends().Output, (await to.RunAsync("audit digest")).Ends().Output);
    }

    [Fact]
    public async Task stdout_gets_the_same_lines_as_a_file()
    {
        using var desk = await SampleDesk.ImportedAsync();
        (await desk.RunAsync($"export decisions --to {desk.At("d.jsonl")}")).Ends();
        Assert.Equal(File.ReadAllLines(desk.At("d.jsonl")), (await desk.RunAsync("export decisions")).Ends().Lines);
        Assert.False(File.Exists(desk.At("d.jsonl.part")));
    }

    [Fact]
    public async Task many_lines_are_not_passed_off_as_one_json_value()
    {
        using var desk = await SampleDesk.ImportedAsync();
        Assert.Empty((await desk.RunAsync("export decisions --json")).Ends(ExitCode.BadInput).Output);
    }
}
