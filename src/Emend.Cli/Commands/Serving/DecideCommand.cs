using System.CommandLine;
using System.Text.Json;
using Emend.Cli.Commands.Capturing;
using Emend.Cli.Commands.Releasing;
using Emend.Cli.Output;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Normalizing;
using Emend.Engine.Serving;

namespace Emend.Cli.Commands.Serving;

/// <summary><c>emend decide</c>: runs decisions through what their agents are served.</summary>
internal static class DecideCommand
{
    // Written out after every so many: a gateway that feeds a long file sees its first answers soon.
    private const int Chunk = 256;

    private static readonly Argument<FileInfo> File = new("FILE") { Description = "Decisions, JSON Lines: what the agents propose." };

    public static Command Build() => new Verb(
            "decide",
            "Run decisions through what their agents are served: prints the final action of each as a JSON line (with --json: one array), and records who was served what.",
            "emend decide today.jsonl --as router-gateway")
        .OnStore().With(File).With(LogOptions.Strict)
        .Does(RunAsync);

    private static async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancel)
    {
        var file = run.Get(File);
        if (!file.Exists) throw new Failure(ExitCode.BadInput, $"there is no file {file.FullName}", "check the path");
        var engine = await run.EngineAsync(cancel);
        var report = await Import.FileAsync(run.Terminal, engine, Engine.Capturing.LogKind.Decisions, file.FullName, run.Actor, run.Get(LogOptions.Strict), cancel);
        if (report.Stopped) throw new Failure(ExitCode.BadInput, "stopped at the first problem, as --strict asks", "mend it and run the same command again");

        var agents = new SortedSet<string>(StringComparer.Ordinal);
        var summary = default(ServedSummary);
        await using (var lines = new BufferedStream(run.Terminal.OpenData(), 1 << 16))
        {
            var between = run.Terminal.IsJson ? "["u8.ToArray() : [];
            foreach (var chunk in Proposals().Chunk(Chunk))
            {
                var served = await engine.Serve.HandleAsync(new ServeDecisions(chunk, run.Actor), cancel);
                summary = summary is null ? served : summary + served;
                // From the journal: who asks again, after a crash or a lost answer, is told what was done the first time.
                foreach (var done in engine.Exposures.Recorded(chunk.Select(static decision => decision.Id)))
                {
                    lines.Write(between);
                    Write(lines, done);
                    between = run.Terminal.IsJson ? ",\n"u8.ToArray() : "\n"u8.ToArray();
                }
            }
            lines.Write(run.Terminal.IsJson ? (summary is null ? "[]\n"u8 : "]\n"u8) : summary is null ? ""u8 : "\n"u8);
        }
        foreach (var agent in agents)
        {
            if (await ReleaseCommand.LookAsync(engine, agent, null, cancel) is { TakenBack: true } watched)
                run.Terminal.Say($"[red]release {Terminal.Escape(watched.Release.Id)} of {Terminal.Escape(agent)} was taken back[/]: it does worse");
        }
        if (summary is not null)
            run.Terminal.Say($"{Format.Number(summary.Decisions)} decided: {Format.Number(summary.Changed)} changed, {Format.Number(summary.Canary)} by a canary, {Format.Number(summary.Shadow)} with a candidate in the shadow{(summary.AlreadyServed > 0 ? $"; {Format.Number(summary.AlreadyServed)} were served before" : "")}");
        return report.HasProblems ? ExitCode.DoneWithSkips : ExitCode.Done;

        // As stored, so that features are typed by the agent's schema.
        IEnumerable<Decision> Proposals()
        {
            foreach (var line in LogFile.Decisions(file.FullName, LogLimits.At(engine.Clock)))
            {
                if (line.Record is not { } decision || engine.Decisions.Find(decision.Id)?.Decision is not { } stored) continue;
                agents.Add(stored.Agent);
                yield return stored;
            }
        }
    }

    private static void Write(Stream to, RecordedServing done)
    {
        using var json = new Utf8JsonWriter(to, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("decisionId", done.Decision);
        json.WriteString("disposition", Format.Words(done.Disposition));
        json.WriteString("action", done.Action);
        if (done.Args is { } args)
        {
            json.WritePropertyName("args");
            json.WriteRawValue(args);
        }
        json.WriteString("cause", Format.Words(done.Cause));
        if (done.Rule is { } rule) json.WriteString("rule", rule);
        if (done.Bundle is { } bundle) json.WriteString("bundle", bundle);
        json.WriteString("arm", Format.Words(done.Arm));
        json.WriteEndObject();
    }
}
