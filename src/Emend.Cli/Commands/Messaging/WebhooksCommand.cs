using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Emend.Cli.Output;
using Emend.Engine.Messaging;
using Spectre.Console;

namespace Emend.Cli.Commands.Messaging;

/// <summary><c>emend webhooks</c>: where events are sent.</summary>
internal static class WebhooksCommand
{
    private static readonly Argument<string> Id = new("WEBHOOK") { Description = "Id of the webhook." };
    private static readonly Argument<string> Url = new("URL") { Description = "Where to send: https, a public address." };
    private static readonly Option<string[]> Types = new("--type") { Description = "Type of event, e.g. release.rolled-back; may be given several times. Default: all.", HelpName = "TYPE", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string[]> Networks = new("--allow-network") { Description = "Network that may be reached although it is not public, e.g. 10.1.0.0/16; allows plain http into it.", HelpName = "CIDR" };
    private static readonly Option<long?> Message = new("--message") { Description = "Number of the message.", HelpName = "N" };
    private static readonly Option<bool> All = new("--all") { Description = "All messages that were given up." };

    public static Command Build() => Noun.Of(
        "webhooks",
        "Where events are sent.",
        new Verb("add", "Send events to an address. Shows the secret that messages are signed with, this once.", "emend webhooks add https://example.com/hooks/emend --type release.rolled-back --type alert.raised --as olu")
            .OnStore().With(Url).With(Types).With(Networks).Does(AddAsync),
        new Verb("list", "Webhooks there are.", "emend webhooks list").OnStore().Does(ListAsync),
        new Verb("test", "Send one message now and say what came back.", "emend webhooks test wh-0199a1").OnStore().With(Id).With(Networks).Does(TestAsync),
        new Verb("rotate", "Give a webhook a new secret; the one until now signs along for a day.", "emend webhooks rotate wh-0199a1 --as olu").OnStore().With(Id).Does(RotateAsync),
        new Verb("remove", "Send no more; what waits for it is dropped.", "emend webhooks remove wh-0199a1 --as olu").OnStore().With(Id).Does(RemoveAsync),
        new Verb("dead", "Messages that were given up.", "emend webhooks dead").OnStore().Does(DeadAsync),
        new Verb("replay", "Send messages that were given up again, under the ids they had.", "emend webhooks replay --all").OnStore().With(Message).With(All).Does(ReplayAsync));

    private static async Task<ExitCode> AddAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        Show(run, Invocation.Take(await engine.ManageWebhooks.AddAsync(new(run.Get(Url), [.. run.Get(Types) ?? []], run.Actor), Options(run), cancel)));
        return ExitCode.Done;
    }

    private static async Task<ExitCode> RotateAsync(Invocation run, CancellationToken cancel)
    {
        Show(run, Invocation.Take(await (await run.EngineAsync(cancel)).ManageWebhooks.RotateAsync(run.Get(Id), run.Actor, cancel)));
        return ExitCode.Done;
    }

    private static async Task<ExitCode> RemoveAsync(Invocation run, CancellationToken cancel)
    {
        var webhook = Invocation.Take(await (await run.EngineAsync(cancel)).ManageWebhooks.RemoveAsync(run.Get(Id), run.Actor, cancel));
        run.Terminal.Json(json => Write(json, webhook, null));
        run.Terminal.Line($"{webhook.Id} is removed.");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var all = (await run.EngineAsync(cancel)).Webhooks.All();
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("webhooks");
            foreach (var webhook in all) Write(json, webhook, null);
            json.WriteEndArray();
            json.WriteEndObject();
        });
        if (all.Count == 0)
        {
            run.Terminal.Line("No webhooks.");
            return ExitCode.Done;
        }
        var table = Terminal.Table("Webhook", "Host", "Events", "Since");
        foreach (var webhook in all)
            table.AddRow(Terminal.Escape(webhook.Id), Terminal.Escape(webhook.Host), Terminal.Escape(webhook.Types.IsEmpty ? "all" : string.Join(", ", webhook.Types)), Terminal.Escape(Format.Instant(webhook.AddedAt)));
        run.Terminal.Show(table);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> TestAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        if (engine.Webhooks.Find(run.Get(Id)) is not { } webhook) throw Failure.Refused(new WebhookIsUnknown(run.Get(Id)));
        using var sender = new WebhookSender(Options(run), engine.Clock);
        var result = await engine.Dispatcher(sender, Options(run)).TestAsync(webhook, cancel);
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("accepted", result.IsAccepted);
            json.WriteString("result", result.Code);
            json.WriteEndObject();
        });
        run.Terminal.Line(result.IsAccepted ? $"{webhook.Host} took the message." : $"{webhook.Host} did not take the message: {result.Code}.");
        return result.IsAccepted ? ExitCode.Done : ExitCode.Unavailable;
    }

    private static async Task<ExitCode> DeadAsync(Invocation run, CancellationToken cancel)
    {
        var dead = (await run.EngineAsync(cancel)).DeadLetters.List();
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("messages");
            foreach (var message in dead)
            {
                json.WriteStartObject();
                json.WriteNumber("message", message.Id);
                json.WriteString("webhook", message.Webhook);
                json.WriteNumber("entry", message.Entry);
                json.WriteNumber("attempts", message.Attempts);
                json.WriteString("reason", message.Reason);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
        if (dead.Count == 0)
        {
            run.Terminal.Line("No message was given up.");
            return ExitCode.Done;
        }
        var table = Terminal.Table(">Message", "Webhook", ">Entry", ">Attempts", "Reason", "Since");
        foreach (var message in dead)
        {
            table.AddRow(message.Id.ToString(CultureInfo.InvariantCulture), Terminal.Escape(message.Webhook), message.Entry.ToString(CultureInfo.InvariantCulture),
                message.Attempts.ToString(CultureInfo.InvariantCulture), Terminal.Escape(message.Reason), Terminal.Escape(Format.Instant(message.CreatedAt)));
        }
        run.Terminal.Show(table);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ReplayAsync(Invocation run, CancellationToken cancel)
    {
        if (run.Get(Message) is null == !run.Get(All)) throw new Failure(ExitCode.BadInput, "say which messages to send again", "give either --message N or --all");
        var count = Invocation.Take(await (await run.EngineAsync(cancel)).DeadLetters.ReplayAsync(run.Get(Message), run.Actor, cancel));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("replayed", count);
            json.WriteEndObject();
        });
        run.Terminal.Line($"{count} messages are due again; the server sends them.");
        return ExitCode.Done;
    }

    private static WebhookOptions Options(Invocation run)
    {
        var networks = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (var text in run.Get(Networks) ?? [])
        {
            if (!IPNetwork.TryParse(text, out var network)) throw new Failure(ExitCode.BadInput, $"'{text}' is no network", "write it as ADDRESS/BITS with no bit set beyond them, e.g. 10.1.0.0/16");
            networks.Add(network);
        }
        return new() { AllowedNetworks = networks.ToImmutable(), AllowHttp = networks.Count > 0 };
    }

    private static void Show(Invocation run, WebhookWithSecret added)
    {
        run.Terminal.Json(json => Write(json, added.Webhook, added.Secret));
        run.Terminal.Line($"{added.Webhook.Id} sends {(added.Webhook.Types.IsEmpty ? "all events" : string.Join(", ", added.Webhook.Types))} to {added.Webhook.Host}.");
        run.Terminal.Line($"Its secret, shown this once: {added.Secret}");
    }

    private static void Write(Utf8JsonWriter json, Webhook webhook, string? secret)
    {
        json.WriteStartObject();
        json.WriteString("id", webhook.Id);
        json.WriteString("host", webhook.Host);
        json.WriteStartArray("types");
        foreach (var type in webhook.Types) json.WriteStringValue(type);
        json.WriteEndArray();
        json.WriteString("addedAt", Format.Instant(webhook.AddedAt));
        if (webhook.RotatedAt is { } rotated) json.WriteString("rotatedAt", Format.Instant(rotated));
        if (secret is not null) json.WriteString("secret", secret);
        json.WriteEndObject();
    }
}
