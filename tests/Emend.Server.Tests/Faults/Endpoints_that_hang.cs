using System.Net;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Observing.Alerts;
using Emend.Server.Operating;
using Emend.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Emend.Server.Tests.Faults;

/// <summary>The collector of telemetry and the receiver of a webhook take connections and never answer.</summary>
public class Endpoints_that_hang
{
    [Fact, Trait("Fault", "F36")]
    public async Task hold_up_no_request_no_alert_and_not_the_end()
    {
        await using var tarpit = new Receiver(static _ => null);
        var server = await ServerFixture.StartAsync(options => options with
        {
            Operating = options.Operating with
            {
                OtlpEndpoint = new Uri($"http://127.0.0.1:{tarpit.Port}"),
                Webhooks = options.Operating.Webhooks with { AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")], AllowHttp = true, Timeout = TimeSpan.FromMinutes(10) },
            },
        });
        await using (server)
        {
            var (desk, services) = (server.Service(), server.Server.Services);
            var engine = await server.EngineAsync();
            await engine.ManageWebhooks.AddAsync(new(tarpit.Url, [], new("olu")), services.GetRequiredService<ServerOptions>().Operating.Webhooks, CancellationToken.None);
            for (var i = 0; i < 20; i++)
            {
                // Each turn is an event for the webhook, and each decision a request of its own.
                await engine.KillSwitch.HandleAsync(new("router", i % 2 == 0, "drill", new Actor("olu")), CancellationToken.None);
                await services.GetRequiredService<OutboxWorker>().RoundAsync(CancellationToken.None);
                using var answer = await desk.PostAsync("/v1/decisions", ServerFixture.Json($$"""{"id":"d-{{i}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","proposed":{"action":"a"} }"""));
                Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            }
            await tarpit.GotAsync(1);
            await services.GetRequiredService<WatchWorker>().RoundAsync(CancellationToken.None);
            // One attempt hangs; the others wait their turn on disk instead of each holding a connection.
            Assert.Single(tarpit.All, static got => got.Path.StartsWith("/hook", StringComparison.Ordinal));
            Assert.Contains("emend_operating_messages_waiting{workspace=\"default\"} 20", await server.Client("olu", Role.Operator).GetStringAsync("/metrics"), StringComparison.Ordinal);
            Assert.DoesNotContain(engine.Alerts.Open(), static alert => alert.Kind == AlertKind.WebhookDead.Code);
        }
        // Disposed of above: the attempt under way was given up, and is still due after the next start.
    }
}
