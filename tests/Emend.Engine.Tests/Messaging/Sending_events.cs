using System.Globalization;
using System.Net;
using System.Text.Json;
using Emend.Engine.Journal;
using Emend.Engine.Messaging;
using Emend.Engine.Observing.Alerts;
using Emend.TestKit;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Messaging;

public sealed class Sending_events : IAsyncLifetime, IAsyncDisposable
{
    private static readonly WebhookOptions Options = new() { AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")], AllowHttp = true, Timeout = TimeSpan.FromMinutes(1), Attempts = 3 };

    private readonly TemporaryFolder _folder = new();
    private readonly ManualClock _clock = new();
    private EmendEngine _engine = null!;
    private WebhookSender _sender = null!;
    private OutboxDispatcher _dispatcher = null!;

    public Task InitializeAsync() => OpenAsync();

    public async Task DisposeAsync()
    {
        await CloseAsync();
        _folder.Dispose();
    }

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    private async Task OpenAsync(WebhookOptions? options = null)
    {
        _engine = await EmendEngine.OpenAsync(new() { DataDirectory = _folder.Path, Clock = _clock }, CancellationToken.None);
        _sender = new(options ?? Options, _clock);
        _dispatcher = _engine.Dispatcher(_sender, options ?? Options);
    }

    private async Task CloseAsync()
    {
        await _dispatcher.IdleAsync();
        _sender.Dispose();
        await _engine.DisposeAsync();
    }

    private async Task<WebhookWithSecret> AddAsync(Receiver receiver, params string[] types) =>
        Granted(await _engine.ManageWebhooks.AddAsync(new(receiver.Url, [.. types], Operator), Options, CancellationToken.None));

    /// <summary>An event: the kill switch is turned.</summary>
    private async Task TurnAsync(bool on = true) => Granted(await _engine.KillSwitch.HandleAsync(new("router", on, "Rosa said so", Operator), CancellationToken.None));

    private async Task SendAsync()
    {
        await _dispatcher.LookAsync(CancellationToken.None);
        await _dispatcher.IdleAsync();
    }

    [Fact]
    public async Task tells_what_happened_signed_and_without_anything_personal()
    {
        await using var receiver = new Receiver();
        await TurnAsync();
        var (webhook, secret) = await AddAsync(receiver);
        await TurnAsync(on: false);
        await SendAsync();

        // What happened before it was added is none of its business.
        var got = Assert.Single(receiver.All);
        var entry = _engine.Store.Entries().Last();
        Assert.Equal("/hook?token=t0p", got.Path);
        Assert.Equal("application/cloudevents+json; charset=utf-8", got.Headers["content-type"]);
        Assert.True(WebhookSignature.Verify(got.Headers["webhook-id"], got.Headers["webhook-timestamp"], got.Headers["webhook-signature"], got.Body, Convert.FromBase64String(secret["whsec_".Length..]), _clock.Now));

        var body = JsonDocument.Parse(got.Body).RootElement;
        Assert.Equal(("1.0", $"{entry.EntryId:N}-0", "emend.kill-switch.turned.v1", "/emend/workspaces/default"),
            (Text("specversion"), Text("id"), Text("type"), Text("source")));
        Assert.Equal(got.Headers["webhook-id"], Text("id"));
        Assert.Equal("""{"agent":"router","on":false}""", body.GetProperty("data").GetRawText());
        Assert.DoesNotContain("Rosa", System.Text.Encoding.UTF8.GetString(got.Body), StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", webhook.Host);

        string? Text(string name) => body.GetProperty(name).GetString();
    }

    [Fact]
    public async Task keeps_address_and_secret_where_a_copy_of_the_data_gives_them_away_to_nobody()
    {
        await using var receiver = new Receiver();
        var (_, secret) = await AddAsync(receiver);
        await CloseAsync();
        var bytes = Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(File.ReadAllBytes).ToArray();
        await OpenAsync();
        foreach (var planted in new[] { "t0p", secret, secret["whsec_".Length..] })
            Assert.DoesNotContain(bytes, file => file.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(planted)) >= 0);
        Assert.DoesNotContain(bytes, file => file.AsSpan().IndexOf(Convert.FromBase64String(secret["whsec_".Length..])) >= 0);
    }

    [Fact]
    public async Task sends_only_what_was_asked_for()
    {
        await using var receiver = new Receiver();
        await AddAsync(receiver, AlertProjection.Raised);
        await TurnAsync();
        await _engine.WatchForAlerts.LookAsync(AlertPolicy.Default, new() { Disk = new(0, 1L << 40) }, CancellationToken.None);
        await SendAsync();
        Assert.Contains("emend.alert.raised.v1", System.Text.Encoding.UTF8.GetString(Assert.Single(receiver.All).Body), StringComparison.Ordinal);
        Assert.Equal("webhook.type-unknown", RefusedAs(await _engine.ManageWebhooks.AddAsync(new(receiver.Url, ["decisions.accepted"], Operator), Options, CancellationToken.None)));
        Assert.Equal("webhook.url-wrong", RefusedAs(await _engine.ManageWebhooks.AddAsync(new(receiver.Url, [], Operator), new(), CancellationToken.None)));
    }

    [Fact, Trait("Fault", "F20")]
    public async Task tries_again_on_schedule_gives_up_keeps_it_and_sends_the_same_again_when_told_to()
    {
        var isUp = false;
        await using var receiver = new Receiver(_ => isUp ? "200 OK" : "503 Service Unavailable");
        await AddAsync(receiver);
        await TurnAsync();
        for (var attempt = 1; attempt <= Options.Attempts; attempt++)
        {
            await SendAsync();
            // Not before its time.
            await SendAsync();
            Assert.Equal(attempt, receiver.All.Count);
            _clock.Move(TimeSpan.FromSeconds(5 * Math.Pow(3, attempt - 1)));
        }
        await SendAsync();
        Assert.Equal(Options.Attempts, receiver.All.Count);
        var dead = Assert.Single(_engine.DeadLetters.List());
        Assert.Equal((true, 3, "status-503"), (dead.IsDead, dead.Attempts, dead.Reason));
        Assert.Equal(AlertKind.WebhookDead.Code, Assert.Single((await _engine.WatchForAlerts.LookAsync(AlertPolicy.Default, Surroundings.Unknown, CancellationToken.None)).Raised).Kind);

        isUp = true;
        Assert.Equal("webhook.not-dead", RefusedAs(await _engine.DeadLetters.ReplayAsync(dead.Id + 1, Operator, CancellationToken.None)));
        Assert.Equal(1, Granted(await _engine.DeadLetters.ReplayAsync(null, Operator, CancellationToken.None)));
        await SendAsync();
        Assert.Single(receiver.All.Where(static got => System.Text.Encoding.UTF8.GetString(got.Body).Contains("kill-switch", StringComparison.Ordinal)).Select(static got => got.Headers["webhook-id"]).Distinct());
        Assert.Empty(_engine.DeadLetters.List());
        Assert.Equal(0, _engine.DeadLetters.Waiting());
    }

    [Fact]
    public async Task waits_as_long_as_a_receiver_asks_and_gives_up_at_once_when_it_is_gone()
    {
        var answer = "429 Too Many Requests\r\nRetry-After: 600";
        await using var receiver = new Receiver(_ => answer);
        await AddAsync(receiver);
        await TurnAsync();
        await SendAsync();
        _clock.Move(TimeSpan.FromSeconds(599));
        await SendAsync();
        Assert.Single(receiver.All);
        answer = "410 Gone";
        _clock.Move(TimeSpan.FromSeconds(2));
        await SendAsync();
        Assert.Equal("gone", Assert.Single(_engine.DeadLetters.List()).Reason);
    }

    [Fact]
    public async Task loses_nothing_and_doubles_nothing_over_a_restart_at_any_point()
    {
        await using var receiver = new Receiver();
        await AddAsync(receiver);
        for (var i = 0; i < 12; i++)
        {
            await TurnAsync(on: i % 2 == 0);
            // Ended before anything was taken in, after it was taken in, and after it was sent.
            if (i % 3 == 1) await new Outbox(_engine.Store, _engine.Webhooks).TakeInAsync(CancellationToken.None);
            if (i % 3 == 2) await SendAsync();
            await CloseAsync();
            await OpenAsync();
        }
        await SendAsync();
        Assert.Equal(12, receiver.All.Count);
        Assert.Equal(12, receiver.All.Select(static got => got.Headers["webhook-id"]).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task sends_nothing_twice_when_read_models_are_built_again()
    {
        await using var receiver = new Receiver();
        await AddAsync(receiver);
        await TurnAsync();
        await SendAsync();
        await RebuildProjections.RunAsync(_engine.Store, null, CancellationToken.None);
        await CloseAsync();
        await OpenAsync();
        await SendAsync();
        Assert.Single(receiver.All);
    }

    [Fact, Trait("Fault", "F36")]
    public async Task one_that_hangs_keeps_nobody_waiting()
    {
        await using var tarpit = new Receiver(static _ => null);
        await using var receiver = new Receiver();
        await AddAsync(tarpit);
        var (webhook, _) = await AddAsync(receiver);
        using var end = new CancellationTokenSource();
        for (var i = 1; i <= 5; i++)
        {
            await TurnAsync(on: i % 2 == 1);
            await _dispatcher.LookAsync(end.Token);
            await _dispatcher.IdleAsync(webhook.Id);
            Assert.Equal(i, receiver.All.Count);
        }
        await tarpit.GotAsync(1);
        Assert.Single(tarpit.All);
        await end.CancelAsync();
        await _dispatcher.IdleAsync();
        // What was under way is not lost by ending: it is still due.
        Assert.Equal(5, _engine.DeadLetters.Waiting());
    }

    [Fact]
    public async Task signs_with_both_secrets_for_a_day_after_a_rotation_and_with_none_after_removal()
    {
        await using var receiver = new Receiver();
        var first = await AddAsync(receiver);
        var second = Granted(await _engine.ManageWebhooks.RotateAsync(first.Webhook.Id, Operator, CancellationToken.None));
        await TurnAsync();
        await SendAsync();
        _clock.Move(TimeSpan.FromHours(25));
        await TurnAsync(on: false);
        await SendAsync();
        Assert.Equal([true, true, false, true], receiver.All.SelectMany(got => new[] { Signed(got, first), Signed(got, second) }));

        await TurnAsync();
        await new Outbox(_engine.Store, _engine.Webhooks).TakeInAsync(CancellationToken.None);
        Granted(await _engine.ManageWebhooks.RemoveAsync(first.Webhook.Id, Operator, CancellationToken.None));
        await SendAsync();
        Assert.Equal((2, 0L), (receiver.All.Count, _engine.DeadLetters.Waiting()));
        Assert.Empty(_engine.Webhooks.All());
        Assert.Equal("webhook.unknown", RefusedAs(await _engine.ManageWebhooks.RotateAsync(first.Webhook.Id, Operator, CancellationToken.None)));

        bool Signed(Received got, WebhookWithSecret by) => WebhookSignature.Verify(
            got.Headers["webhook-id"], got.Headers["webhook-timestamp"], got.Headers["webhook-signature"], got.Body, Convert.FromBase64String(by.Secret["whsec_".Length..]),
            DateTimeOffset.FromUnixTimeSeconds(long.Parse(got.Headers["webhook-timestamp"], CultureInfo.InvariantCulture)));
    }
}
