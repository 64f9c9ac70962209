using System.CommandLine;
using System.Text.Json;
using Emend.Cli.Output;
using Emend.Engine;
using Emend.Engine.Observing.Alerts;
using Spectre.Console;

namespace Emend.Cli.Commands.Observing;

/// <summary><c>emend alerts</c>: what needs somebody's attention.</summary>
internal static class AlertsCommand
{
    private static readonly Argument<string> Id = new("ALERT") { Description = "Id of the alert." };
    private static readonly Option<bool> All = new("--all") { Description = "Those that are over, too." };
    private static readonly Option<int> Limit = new("--limit") { Description = "At most so many.", DefaultValueFactory = static _ => 100, HelpName = "N" };
    private static readonly Option<string> Note = new("--note") { Description = "What you are doing about it.", DefaultValueFactory = static _ => "", HelpName = "TEXT" };

    public static Command Build() => Noun.Of(
        "alerts",
        "What needs somebody's attention.",
        new Verb("list", "Alerts that last, newest first; each kind has a page in docs/playbooks.", "emend alerts list").OnStore().With(All).With(Limit).Does(ListAsync),
        new Verb("check", "Look now: raise and clear alerts as the server does every few seconds.", "emend alerts check").OnStore().Does(CheckAsync),
        new Verb("ack", "Say that you have an alert in hand. One about something that happened once is over with that.", "emend alerts ack al-3f2a90b1c4d5 --note \"looking at the outcomes\" --as olu")
            .OnStore().With(Id).With(Note).Does(AcknowledgeAsync));

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        Show(run, engine, run.Get(All) ? engine.Alerts.Newest(run.Get(Limit)) : [.. engine.Alerts.Open().Take(run.Get(Limit))]);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> CheckAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        // A verification takes a while and has its own command; what the clients lost is known to the server only.
        await engine.WatchForAlerts.LookAsync(AlertPolicy.Default, new() { Disk = DiskSpace.Of(run.Get(CommonOptions.Data).FullName) }, cancel);
        Show(run, engine, engine.Alerts.Open());
        return ExitCode.Done;
    }

    private static async Task<ExitCode> AcknowledgeAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var alert = Invocation.Take(await engine.Acknowledge.HandleAsync(new(run.Get(Id), run.Get(Note), run.Actor), cancel));
        run.Terminal.Json(json => Write(json, engine, alert));
        run.Terminal.Line($"{alert.Id} is in the hands of {run.Actor.Name}{(alert.IsOpen ? "; it lasts until its cause is gone" : " and over")}.");
        return ExitCode.Done;
    }

    private static void Show(Invocation run, EmendEngine engine, IReadOnlyList<Alert> alerts)
    {
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("alerts");
            foreach (var alert in alerts) Write(json, engine, alert);
            json.WriteEndArray();
            json.WriteEndObject();
        });
        if (alerts.Count == 0)
        {
            run.Terminal.Line("No alerts.");
            return;
        }
        var table = Terminal.Table("Alert", "Kind", "Since", "State", "What");
        foreach (var alert in alerts)
        {
            var kind = alert.Severity == AlertSeverity.Page ? $"[red]{Terminal.Escape(alert.Kind)}[/]" : Terminal.Escape(alert.Kind);
            var state = !alert.IsOpen ? "over" : alert.AcknowledgedAt is null ? "[bold]open[/]" : $"in the hands of {Terminal.Escape(engine.Alerts.WhoAcknowledged(alert) ?? "somebody erased")}";
            table.AddRow(Terminal.Escape(alert.Id), kind, Terminal.Escape(Format.Instant(alert.RaisedAt)), state, Terminal.Escape(alert.Summary));
        }
        run.Terminal.Show(table);
    }

    private static void Write(Utf8JsonWriter json, EmendEngine engine, Alert alert)
    {
        json.WriteStartObject();
        json.WriteString("id", alert.Id);
        json.WriteString("kind", alert.Kind);
        json.WriteString("severity", alert.Severity.ToString().ToLowerInvariant());
        json.WriteString("about", alert.About);
        json.WriteString("summary", alert.Summary);
        json.WriteString("raisedAt", Format.Instant(alert.RaisedAt));
        if (alert.ClearedAt is { } cleared) json.WriteString("clearedAt", Format.Instant(cleared));
        if (alert.AcknowledgedAt is { } acknowledged)
        {
            json.WriteString("acknowledgedAt", Format.Instant(acknowledged));
            json.WriteString("acknowledgedBy", engine.Alerts.WhoAcknowledged(alert));
        }
        json.WriteString("playbook", AlertKind.PlaybookOf(alert.Kind));
        json.WriteEndObject();
    }
}
