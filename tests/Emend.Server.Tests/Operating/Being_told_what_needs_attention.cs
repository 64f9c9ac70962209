using System.Net;
using System.Text.Json;
using Emend.Engine.Access;
using Emend.Engine.Messaging;
using Emend.Server.Operating;
using Emend.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Emend.Server.Tests.Operating;

public class Being_told_what_needs_attention
{
    private static readonly WebhookOptions Inside = new() { AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")], AllowHttp = true };

    private static Task<ServerFixture> StartAsync() =>
        ServerFixture.StartAsync(static options => options with { Operating = options.Operating with { Webhooks = Inside, WatchEvery = TimeSpan.FromHours(1) } });

    [Fact]
    public async Task a_loss_a_client_reports_becomes_an_alert_a_metric_and_a_message_and_ends_in_somebody_s_hands()
    {
        await using var receiver = new Receiver();
        await using var server = await StartAsync();
        var olu = server.Client("olu", Role.Operator);
        var made = await ServerFixture.JsonAsync(await olu.PostAsync("/v1/webhooks", ServerFixture.Json($$"""{"url":"{{receiver.Url}}","types":["alert.raised"]}""")));
        Assert.StartsWith("whsec_", made.GetProperty("secret").GetString(), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.NoContent, (await server.Service("gateway").PostAsync("/v1/clients/losses", ServerFixture.Json("""{"client":"gateway-1","lost":{"spool-full":12}}"""))).StatusCode);
        await server.Server.Services.GetRequiredService<WatchWorker>().RoundAsync(CancellationToken.None);
        var alert = (await ServerFixture.JsonAsync(await olu.GetAsync("/v1/alerts"))).GetProperty("alerts")[0];
        Assert.Equal(("spool-overflow", "gateway-1", "page", "docs/playbooks/spool-overflow.md"), (Text(alert, "kind"), Text(alert, "about"), Text(alert, "severity"), Text(alert, "playbook")));
        Assert.Contains("""emend_operating_alerts_open{kind="spool-overflow",severity="page",workspace="default"} 1""", await olu.GetStringAsync("/metrics"), StringComparison.Ordinal);

        await receiver.GotAsync(1);
        Assert.Contains("gateway-1", System.Text.Encoding.UTF8.GetString(receiver.All.First().Body), StringComparison.Ordinal);

        var path = $"/v1/alerts/{Text(alert, "id")}/acknowledge";
        Assert.Equal("olu", Text(await ServerFixture.JsonAsync(await olu.PostAsync(path, ServerFixture.Json("""{"note":"on it"}"""))), "acknowledgedBy"));
        Assert.Equal(HttpStatusCode.Conflict, (await olu.PostAsync(path, ServerFixture.Json("{}"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await olu.PostAsync("/v1/alerts/al-0/acknowledge", ServerFixture.Json("{}"))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Client("rosa", Role.Reviewer).PostAsync(path, ServerFixture.Json("{}"))).StatusCode);
    }

    [Fact]
    public async Task webhooks_are_made_tried_changed_and_removed_and_never_show_their_secret_again()
    {
        await using var receiver = new Receiver();
        await using var server = await StartAsync();
        var olu = server.Client("olu", Role.Operator);
        var id = Text(await ServerFixture.JsonAsync(await olu.PostAsync("/v1/webhooks", ServerFixture.Json($$"""{"url":"{{receiver.Url}}"}"""))), "id");
        Assert.DoesNotContain("secret", await olu.GetStringAsync("/v1/webhooks"), StringComparison.Ordinal);
        Assert.DoesNotContain("t0p", await olu.GetStringAsync("/v1/webhooks"), StringComparison.Ordinal);
        Assert.True((await ServerFixture.JsonAsync(await olu.PostAsync($"/v1/webhooks/{id}/test", null))).GetProperty("accepted").GetBoolean());
        Assert.StartsWith("whsec_", Text(await ServerFixture.JsonAsync(await olu.PostAsync($"/v1/webhooks/{id}/rotate", null)), "secret"), StringComparison.Ordinal);
        Assert.Equal(0, (await ServerFixture.JsonAsync(await olu.PostAsync("/v1/webhooks/dead/replay", ServerFixture.Json("{}")))).GetProperty("replayed").GetInt32());
        Assert.Equal("""{"messages":[]}""", await olu.GetStringAsync("/v1/webhooks/dead"));
        Assert.Equal(HttpStatusCode.NoContent, (await olu.DeleteAsync($"/v1/webhooks/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await olu.DeleteAsync($"/v1/webhooks/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await olu.PostAsync("/v1/webhooks", ServerFixture.Json("""{"url":"https://169.254.169.254/latest/"}"""))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await olu.PostAsync("/v1/webhooks", ServerFixture.Json("""{"url":"https://example.com/","approvedBy":"olu"}"""))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Client("ada", Role.ModelEngineer).GetAsync("/v1/webhooks")).StatusCode);
    }

    [Fact]
    public async Task a_journal_that_was_altered_is_told_of_after_the_next_verification()
    {
        await using var server = await StartAsync();
        await server.Service().PostAsync("/v1/decisions", ServerFixture.Json("""{"id":"d-1","occurredAt":"2026-01-05T08:00:00Z","agent":"router","proposed":{"action":"parcel_status"}}"""));
        var engine = await server.EngineAsync();
        // As somebody would who can write to the file: triggers off, one byte changed.
        await engine.Store.WriteAsync(static work => work.Command("DROP TRIGGER entry_is_never_changed").ExecuteNonQuery() + work.Command("UPDATE entry SET head = substr(head, 1, length(head) - 1) || x'01' WHERE idx = 0").ExecuteNonQuery(), CancellationToken.None);
        await server.Server.Services.GetRequiredService<VerifyWorker>().RoundAsync(CancellationToken.None);
        await server.Server.Services.GetRequiredService<WatchWorker>().RoundAsync(CancellationToken.None);
        var alerts = (await ServerFixture.JsonAsync(await server.Client("olu", Role.Operator).GetAsync("/v1/alerts"))).GetProperty("alerts").EnumerateArray().Select(static one => Text(one, "kind"));
        Assert.Contains("verification-failed", alerts);
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
