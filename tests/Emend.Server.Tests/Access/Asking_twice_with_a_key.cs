using System.Net;
using System.Text;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Server.Access;
using Emend.TestKit;
using Microsoft.AspNetCore.Builder;

namespace Emend.Server.Tests.Access;

public class Asking_twice_with_a_key
{
    private const string Marker = "twice";

    [Fact]
    public async Task does_each_thing_once_and_gives_the_first_answer_again()
    {
        await using var server = await ServerFixture.StartAsync();
        var world = await SmallWorld.MakeAsync(server, "default", Marker);
        var other = server.Key("keyholder", [Role.Submitter]).Key.Id;
        var (wrong, done) = (new List<string>(), new List<string>());
        foreach (var route in RouteList.Guarded(server).Where(static route => route.TakesKey))
        {
            foreach (var role in Enum.GetValues<Role>().Where(role => route.Needs!.AnyOf.Any(Roles.Of(role).Has)))
            {
                var key = $"{route.Name} {role.Name()}";
                async Task<(HttpStatusCode Status, string Body, bool IsAgain)> AskAsync(string body)
                {
                    using var request = route.Request(name => name switch { "agent" => world.Agent, "digest" => world.Candidate, "decision" => world.Decision, _ => route.Pattern.Contains("/keys/", StringComparison.Ordinal) ? other : world.Correction }, body);
                    request.Headers.Add(OncePerKey.Header, key);
                    using var answer = await server.Client($"asks-{role.Name()}", role).SendAsync(request);
                    return (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.Contains(OncePerKey.Replayed));
                }
                var body = Body(route, world, role);
                var first = await AskAsync(body);
                var second = await AskAsync(body);
                var third = await AskAsync(body + " ");
                if (first.IsAgain) wrong.Add($"{key}: the first answer is said to be given again");
                if ((int)first.Status is >= 500) wrong.Add($"{key}: {(int)first.Status} {first.Body}");
                if ((int)first.Status is < 200 or >= 300) continue;
                done.Add(route.Name);
                if (second != (first.Status, first.Body, true)) wrong.Add($"{key}: {(int)second.Status} {second.Body} instead of {(int)first.Status} {first.Body}");
                if (third.Status != HttpStatusCode.Conflict || !third.Body.Contains("access.request-key-taken", StringComparison.Ordinal) || !third.Body.Contains(key, StringComparison.Ordinal)) wrong.Add($"{key} with another body: {(int)third.Status} {third.Body}");
            }
        }
        Assert.Empty(wrong);
        foreach (var route in new[] { "POST /v1/agents", "POST /v1/keys", "POST /v1/candidates", "POST /v1/agents/{agent}/rules", "POST /v1/agents/{agent}/golden", "POST /v1/reviews/{decision}/ruling", "POST /v1/webhooks", "POST /v1/keys/{id}/rotation" })
            Assert.Contains(route, done);
    }

    [Fact]
    public async Task at_once_has_one_effect()
    {
        await using var server = await ServerFixture.StartAsync();
        var admin = server.With(server.Server.FirstKey!);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var answer = await admin.SendAsync(Keyed("k-1", """{"name":"rosa","roles":["submitter"]}"""));
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }));
        Assert.Single(answers.Distinct());
        Assert.Equal(HttpStatusCode.Created, answers[0].StatusCode);
        Assert.Single(server.Keys.All(), static key => key.Name == "rosa");
    }

    [Fact]
    public async Task is_remembered_for_a_day_through_a_restart_and_nobody_else_reads_the_answer()
    {
        var clock = new ManualClock();
        using var folder = new TemporaryFolder();
        string first, admin, secret;
        await using (var server = await ServerFixture.StartAsync(options => options with { Clock = clock }, folder.Path))
        {
            admin = server.Server.FirstKey!;
            first = await TextAsync(server.With(admin), "k-1");
            secret = first[first.IndexOf("emk_", StringComparison.Ordinal)..].Split('"')[0][^43..];
        }
        Assert.All(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories), file => Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.ASCII.GetBytes(secret)) < 0, $"{file} holds the secret of an answer"));
        await using (var server = await ServerFixture.StartAsync(options => options with { Clock = clock }, folder.Path))
        {
            Assert.Equal(first, await TextAsync(server.With(admin), "k-1"));
            // The same person with another key: it was done, and the answer stays closed.
            Assert.Contains("access.request-answer-sealed", await TextAsync(server.With(server.Key("admin", [Role.Admin]).Text), "k-1"), StringComparison.Ordinal);
            // Somebody else's key of the same name is another key.
            Assert.Contains("\"key\":\"emk_", await TextAsync(server.With(server.Key("olu", [Role.Admin]).Text), "k-1"), StringComparison.Ordinal);
            clock.Move(RequestKeys.Kept);
            Assert.NotEqual(first, await TextAsync(server.With(admin), "k-1"));
        }
    }

    [Fact]
    public async Task is_answered_honestly_when_it_is_unknown_how_the_first_time_ended()
    {
        await using var server = await ServerFixture.StartAsync();
        var keys = (await server.EngineAsync()).RequestKeys;
        var request = new KeyedRequest("k", "POST /v1/keys", new byte[32], "Bearer x", new Actor("rosa"));
        Assert.Equal(new Answer<byte[]?>.Granted(null), await keys.BeginAsync(request, CancellationToken.None));
        Assert.IsType<RequestEndIsUnknown>(Assert.IsType<Answer<byte[]?>.Refused>(await keys.BeginAsync(request, CancellationToken.None)).Why);

        await keys.ForgetAsync(request);
        Assert.Equal(new Answer<byte[]?>.Granted(null), await keys.BeginAsync(request, CancellationToken.None));
        await keys.EndAsync(request, [1, 2, 3]);
        Assert.Equal([1, 2, 3], Assert.IsType<Answer<byte[]?>.Granted>(await keys.BeginAsync(request, CancellationToken.None)).Value);
        await keys.ForgetAsync(request);
        Assert.Equal([1, 2, 3], Assert.IsType<Answer<byte[]?>.Granted>(await keys.BeginAsync(request, CancellationToken.None)).Value);
    }

    [Fact]
    public async Task a_refusal_changed_nothing_so_the_key_may_try_again()
    {
        await using var server = await ServerFixture.StartAsync();
        var admin = server.With(server.Server.FirstKey!);
        using (var refused = await admin.SendAsync(Keyed("k-1", """{"name":"admin","roles":["operator"]}"""))) Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var granted = await admin.SendAsync(Keyed("k-1", """{"name":"rosa","roles":["submitter"]}"""));
        Assert.Equal(HttpStatusCode.Created, granted.StatusCode);
    }

    [Fact]
    public async Task a_post_that_does_not_say_what_asking_twice_does_keeps_the_server_from_starting()
    {
        using var folder = new TemporaryFolder();
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => ServerFixture.StartAsync(data: folder.Path, moreRoutes: static routes => routes.MapPost("/v1/forgotten", static () => "").IsOpen("a test")));
        Assert.Contains("/v1/forgotten", fault.Message, StringComparison.Ordinal);
    }

    private static string Body(KnownRoute route, SmallWorld world, Role role) => route.Name switch
    {
        "POST /v1/agents" => $$"""{"id":"new-{{role.Name()}}","actions":["docs"]}""",
        "POST /v1/keys" => """{"name":"somebody","roles":["submitter"]}""",
        "POST /v1/webhooks" => """{"url":"https://events.example.com/in"}""",
        "POST /v1/webhooks/dead/replay" => "{}",
        "POST /v1/agents/{agent}/rules" => $$"""{"when":"n > 1000","then":"escalate","because":"asked by {{role.Name()}}"}""",
        _ => SmallWorld.Body(route, world),
    };

    private static HttpRequestMessage Keyed(string key, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/keys") { Content = ServerFixture.Json(body) };
        request.Headers.Add(OncePerKey.Header, key);
        return request;
    }

    private static async Task<string> TextAsync(HttpClient client, string key)
    {
        using var answer = await client.SendAsync(Keyed(key, """{"name":"rosa","roles":["submitter"],"days":1}"""));
        return await answer.Content.ReadAsStringAsync();
    }
}
