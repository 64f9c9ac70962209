using System.CommandLine;
using Emend.Cli.Commands.Releasing;
using Emend.Engine;
using Emend.Engine.Capturing;
using Emend.Engine.Releasing;

namespace Emend.Cli.Commands.Capturing;

/// <summary><c>emend import</c>: takes log files in. Safe to run again after any interruption.</summary>
internal static class ImportCommand
{
    private static readonly Argument<FileInfo> File = new("FILE") { Description = "Log file, JSON Lines, UTF-8." };

    private static readonly Option<bool> NoRelease = new("--no-release") { Description = "Release nothing by itself, even where the agent's change envelope is open." };

    public static Command Build() => Noun.Of(
        "import",
        "Take decisions, corrections or outcomes in from a log file.",
        Of(LogKind.Decisions, "What agents proposed."),
        Of(LogKind.Corrections, "What people said of it. One that is ahead of its decision is parked until the decision arrives. What an agent's change envelope covers goes through the gates and into a release by itself.").With(NoRelease),
        Of(LogKind.Outcomes, "What happened afterwards."));

    private static Verb Of(LogKind kind, string what) => new Verb(
            kind.Name(),
            what + " Bad lines are reported, counted and left out; what is stored already is recognised.",
            $"emend import {kind.Name()} {kind.Name()}.jsonl --as rosa")
        .OnStore().With(File).With(LogOptions.Strict)
        .Does((run, cancel) => RunAsync(run, kind, cancel));

    private static async Task<ExitCode> RunAsync(Invocation run, LogKind kind, CancellationToken cancel)
    {
        var file = run.Get(File);
        if (!file.Exists) throw new Failure(ExitCode.BadInput, $"there is no file {file.FullName}", "check the path");
        var engine = await run.EngineAsync(cancel);
        var report = await Import.FileAsync(run.Terminal, engine, kind, file.FullName, run.Actor, run.Get(LogOptions.Strict), cancel);

        IReadOnlyList<(string Agent, Answer<FastLaneRun> Answer)> released =
            kind == LogKind.Corrections && report.Accepted > 0 && !report.Stopped && !run.Get(NoRelease) ? await FastLaneRuns.OfAllAsync(run.Terminal, engine, cancel) : [];

        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("lines", report.Lines);
            json.WriteNumber("accepted", report.Accepted);
            json.WriteNumber("parked", report.Parked);
            json.WriteNumber("duplicates", report.Duplicates);
            json.WriteNumber("conflicts", report.Conflicts);
            json.WriteNumber("refused", report.Refused);
            json.WriteNumber("badLines", report.BadLines);
            json.WriteBoolean("stopped", report.Stopped);
            json.WriteStartArray("problems");
            foreach (var problem in report.Problems) json.WriteStringValue(problem);
            json.WriteEndArray();
            if (kind == LogKind.Corrections)
            {
                json.WriteStartArray("fastLane");
                foreach (var (agent, answer) in released) FastLaneRuns.Write(json, agent, answer);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        });
        run.Terminal.Line(Import.Summary(kind, report));
        foreach (var (agent, answer) in released) run.Terminal.Line(FastLaneRuns.Sentence(agent, answer));
        if (report.Stopped) throw new Failure(ExitCode.BadInput, "stopped at the first problem, as --strict asks", "mend it and run the same command again: what is stored already is recognised");
        return report.HasProblems ? ExitCode.DoneWithSkips : ExitCode.Done;
    }
}
