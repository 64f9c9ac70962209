using System.CommandLine;
using Emend.Cli.Commands.Capturing;
using Emend.Engine;

namespace Emend.Cli.Commands.Demo;

/// <summary><c>emend demo</c>: the whole loop on one data set, told step by step.</summary>
internal static class DemoCommand
{
    private static readonly Option<DirectoryInfo?> Data = new("--data") { Description = "Folder with decisions.jsonl, corrections.jsonl, outcomes.jsonl and agent.json or catalogue.json. Default: the sample that ships with Emend.", HelpName = "DIR" };
    private static readonly Option<DirectoryInfo> Out = new("--out") { Description = "Data directory to leave behind; must not exist yet, unless a demo made it.", DefaultValueFactory = static _ => new DirectoryInfo("emend-demo"), HelpName = "DIR" };

    public static Command Build() => new Verb(
            "demo",
            "The whole loop: what an agent got wrong, what people corrected, what was learned, which gates it passed, its release, one correction taken back, and the proof.",
            "emend demo --out /tmp/emend-demo")
        .With(Data).With(Out)
        .Does(RunAsync);

    private static async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancel)
    {
        var home = run.Get(Out);
        var mark = Path.Combine(home.FullName, ".emend-demo");
        if (home.Exists && !File.Exists(mark) && home.EnumerateFileSystemInfos().Any())
            throw new Failure(ExitCode.BadInput, $"{home.FullName} exists and was not made by a demo", "give another folder with --out");
        if (home.Exists) home.Delete(recursive: true);
        home.Create();
        await File.WriteAllTextAsync(mark, "made by `emend demo`; the next demo replaces this folder\n", cancel);

        var skipped = new SkippedLines(run.Terminal, strict: false);
        var data = DemoData.Read(run.Get(Data)?.FullName ?? DemoData.Unpack(Path.Combine(home.FullName, "sample")), skipped);
        await using var engine = await EmendEngine.OpenAsync(new EngineOptions { DataDirectory = home.FullName }, cancel);
        var story = new DemoStory(run.Terminal, engine, data, Path.Combine(home.FullName, "logs"));
        await story.TellAsync(cancel);
        run.Terminal.Json(story.WriteTo);
        run.Terminal.Line();
        run.Terminal.Line($"Everything is in {home.FullName}. Go on exploring:");
        foreach (var hint in story.Hints(Path.GetRelativePath(Environment.CurrentDirectory, home.FullName))) run.Terminal.Line("  " + hint);
        return skipped.Result();
    }
}
