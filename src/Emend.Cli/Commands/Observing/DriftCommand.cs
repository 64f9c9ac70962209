using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Emend.Cli.Commands.Normalizing;
using Emend.Cli.Output;
using Emend.Engine.Observing.Drift;
using Spectre.Console;

namespace Emend.Cli.Commands.Observing;

/// <summary><c>emend drift</c>: whether agents, their logic and their inputs are what they were.</summary>
internal static class DriftCommand
{
    private const int MostFeatures = 12;

    private static readonly Argument<string> Agent = new("AGENT") { Description = "The agent." };
    private static readonly Option<string> Why = new("--why") { Description = "Why; recorded.", HelpName = "TEXT", Required = true };

    public static Command Build() => Noun.Of(
        "drift",
        "Whether agents, their logic and their inputs are what they were.",
        new Verb("show", "Errors against what is tolerated, change in either direction, and shifted inputs of one agent.", "emend drift show support-router").OnStore().With(Agent).Does(ShowAsync),
        new Verb("check", "Look at all agents now and suspend what does harm, as the server does.", "emend drift check").OnStore().Does(CheckAsync),
        new Verb("accept", "Say that the present rate of errors is the new usual one: it is calibrated anew from here on. People only.", "emend drift accept support-router --why \"new catalogue since Monday\" --as olu").OnStore().With(Agent).With(Why).Does(AcceptAsync));

    private static async Task<ExitCode> ShowAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var report = engine.Drift.Of(AgentsCommand.Known(engine, run.Get(Agent)).Id, DriftPolicy.Default);
        run.Terminal.Json(json => Write(json, report));
        Show(run.Terminal, report);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> CheckAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var reports = engine.Drift.All(DriftPolicy.Default);
        var suspended = await engine.Drift.SuspendHarmfulAsync(reports, cancel);
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("agents");
            foreach (var report in reports) Write(json, report);
            json.WriteEndArray();
            json.WriteStartArray("suspended");
            foreach (var one in suspended) json.WriteStringValue(one.Id);
            json.WriteEndArray();
            json.WriteEndObject();
        });
        foreach (var report in reports)
        {
            var alarmed = report.Streams.Where(stream => report.LevelOf(stream) == DriftLevel.Alarm).Select(Name).ToList();
            run.Terminal.Line($"{report.Agent}: {(alarmed.Count == 0 ? "no alarm" : "more errors than tolerated: " + string.Join(", ", alarmed))}; {report.Inputs.Count(static shift => shift.IsShift)} features shifted");
        }
        foreach (var one in suspended) run.Terminal.Line($"{one.Agent}: {one.Id} was suspended: {one.Why}");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> AcceptAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent)).Id;
        var since = Invocation.Take(await engine.AcceptDrift.HandleAsync(new(agent, run.Get(Why), run.Actor), cancel));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("agent", agent);
            json.WriteString("watchedAnewSince", Format.Instant(since));
            json.WriteEndObject();
        });
        run.Terminal.Line($"{agent} is watched anew since {Format.Instant(since)}: what is usual is taken from the next {DriftPolicy.Default.Calibration} judged decisions.");
        return ExitCode.Done;
    }

    private static void Show(Terminal to, DriftReport report)
    {
        var table = Terminal.Table("Stream", "Judged", "Wrong", "Tolerated", "Evidence", "Alarm at", "State", "Changes");
        foreach (var stream in report.Streams)
        {
            var level = report.LevelOf(stream);
            table.AddRow(
                Terminal.Escape(Name(stream)), Format.Number(stream.Cases), Format.Percent(stream.Wrong, stream.Cases), stream.Tolerated is { } tolerated ? Format.Share(tolerated) : "-",
                Number(stream.Evidence), Number(report.AlarmLine(stream)), level == DriftLevel.Alarm ? "[red]alarm[/]" : level == DriftLevel.Unknown ? "too few to say" : Format.Words(level),
                stream.Changes == 0 ? "none" : string.Create(CultureInfo.InvariantCulture, $"{stream.Changes}, last {stream.Before:P1} to {stream.Now:P1}"));
        }
        to.Show(table);
        if (report.Inputs.IsEmpty)
        {
            to.Line("Inputs: too few decisions to compare.");
            return;
        }
        var inputs = Terminal.Table("Feature", "Test", "Value", "Limit", "State");
        foreach (var shift in report.Inputs.Take(MostFeatures))
            inputs.AddRow(Terminal.Escape(shift.Feature), shift.Test, shift.Value.ToString("0.###", CultureInfo.InvariantCulture), shift.Limit.ToString("0.###", CultureInfo.InvariantCulture), shift.IsShift ? "shifted" : "steady");
        to.Show(inputs);
    }

    private static void Write(Utf8JsonWriter json, DriftReport report)
    {
        json.WriteStartObject();
        json.WriteString("agent", report.Agent);
        json.WriteStartArray("streams");
        foreach (var stream in report.Streams)
        {
            json.WriteStartObject();
            json.WriteString("kind", Format.Words(stream.Kind));
            if (stream.Name.Length > 0) json.WriteString("name", stream.Name);
            json.WriteNumber("judged", stream.Cases);
            json.WriteNumber("wrong", stream.Wrong);
            if (stream.Tolerated is { } tolerated) json.WriteNumber("tolerated", tolerated);
            json.WriteNumber("evidence", stream.Evidence);
            json.WriteNumber("alarmLine", report.AlarmLine(stream));
            json.WriteString("state", Format.Words(report.LevelOf(stream)));
            json.WriteNumber("changes", stream.Changes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("inputs");
        foreach (var shift in report.Inputs)
        {
            json.WriteStartObject();
            json.WriteString("feature", shift.Feature);
            json.WriteString("test", shift.Test);
            json.WriteNumber("value", shift.Value);
            json.WriteNumber("limit", shift.Limit);
            json.WriteBoolean("shifted", shift.IsShift);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Name(StreamFinding stream) => stream.Kind switch
    {
        StreamKind.Agent => "the agent",
        StreamKind.Corrector => "the corrector",
        var kind => $"{Format.Words(kind)} {stream.Name}",
    };

    private static string Number(double evidence) => evidence >= 1e6 ? "over 1,000,000" : evidence.ToString("N0", CultureInfo.InvariantCulture);
}
