using System.Net;
using System.Text;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Server.Tests.Faults;

/// <summary>One workspace's client sends far more than it may, and far larger; the workspace beside it works on.</summary>
public class One_that_floods
{
    private const int Limit = 200;

    [Fact, Trait("Fault", "F34")]
    public async Task is_refused_alone_and_nothing_of_it_reaches_another_workspace()
    {
        // The clock stands still: what the bucket holds at the beginning is all there is, however fast this machine is.
        var clock = new ManualClock();
        await using var server = await ServerFixture.StartAsync(options => options with { Clock = clock, RequestsPerSecond = Limit / 2, MaxBodyBytes = 1 << 20 });
        var (noisy, quiet) = (server.Client("noisy", "flooding", isService: true, Role.Agent), server.Client("quiet", "calm", isService: true, Role.Agent));
        var flood = Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            var statuses = new List<HttpStatusCode>();
            for (var i = 0; i < Limit / 2; i++) statuses.Add(await SendAsync(noisy, $"flood-{worker}-{i}"));
            return statuses;
        })).ToList();
        var calm = Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++) Assert.Equal(HttpStatusCode.Created, await SendAsync(quiet, $"calm-{i}"));
        });

        var statuses = (await Task.WhenAll(flood)).SelectMany(static one => one).ToList();
        await calm;

        Assert.Equal(Limit, statuses.Count(static status => status == HttpStatusCode.Created));
        Assert.Equal(Limit, statuses.Count(static status => status == HttpStatusCode.TooManyRequests));
        Assert.Equal(100, (await server.EngineAsync("calm")).Decisions.Count("router"));
        Assert.Equal(Limit, (await server.EngineAsync("flooding")).Decisions.Count("router"));

        using var large = new HttpRequestMessage(HttpMethod.Post, "/v1/decisions") { Content = new StringContent(new string('x', 10 << 20), Encoding.UTF8, "application/json") };
        large.Headers.ExpectContinue = true;
        using var tooLarge = await quiet.SendAsync(large);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
        Assert.Equal(HttpStatusCode.Created, await SendAsync(quiet, "after"));
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient client, string id)
    {
        using var answer = await client.PostAsync("/v1/decisions", ServerFixture.Json($$"""{"id":"{{id}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","proposed":{"action":"a"} }"""));
        if (answer.StatusCode == HttpStatusCode.TooManyRequests) Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        return answer.StatusCode;
    }
}
