using System.CommandLine;
using Emend.Cli.Output;
using Emend.Engine.Capturing;

namespace Emend.Cli.Commands.Capturing;

/// <summary><c>emend export</c>: writes log files that can be imported again.</summary>
internal static class ExportCommand
{
    private static readonly Option<FileInfo?> To = new("--to") { Description = "File to write; replaced when complete. Default: stdout.", HelpName = "FILE" };

    public static Command Build() => Noun.Of(
        "export",
        "Write decisions, corrections or outcomes as a log file.",
        Of(LogKind.Decisions),
        Of(LogKind.Corrections),
        Of(LogKind.Outcomes));

    private static Verb Of(LogKind kind) => new Verb(
            kind.Name(),
            $"Write all {kind.Name()} as JSON Lines, in order of time. What was erased is missing.",
            $"emend export {kind.Name()} --to {kind.Name()}.jsonl")
        .OnStore().With(To)
        .Does((run, cancel) => RunAsync(run, kind, cancel));

    private static async Task<ExitCode> RunAsync(Invocation run, LogKind kind, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        if (run.Get(To) is not { } file)
        {
            // Many values, one a line: not what --json promises.
            if (run.Terminal.IsJson) throw new Failure(ExitCode.BadInput, "an export is JSON Lines, not one JSON value", "leave out --json, or write a file with --to and get the count");
            await using var output = run.Terminal.OpenData();
            engine.Export.Write(kind, output, cancel);
            return ExitCode.Done;
        }
        // Written aside and renamed: a reader never sees half a file.
        var aside = file.FullName + ".part";
        long lines;
        await using (var stream = File.Create(aside)) lines = engine.Export.Write(kind, stream, cancel);
        File.Move(aside, file.FullName, overwrite: true);
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("file", file.FullName);
            json.WriteNumber("lines", lines);
            json.WriteEndObject();
        });
        run.Terminal.Say($"{Format.Number(lines)} {kind.Name()} written to {Terminal.Escape(file.FullName)}");
        return ExitCode.Done;
    }
}
