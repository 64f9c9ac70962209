using System.Net;
using System.Text.Json;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Server.Tests.Access;

public class Two_people
{
    private const string Marker = "pair";

    [Fact]
    public async Task are_needed_for_every_change_that_the_table_marks_so()
    {
        await using var server = await ServerFixture.StartAsync(static options => options with { TwoPeople = true });
        var (wrong, asked) = (new List<string>(), 0);
        foreach (var route in RouteList.Guarded(server).Where(static route => route.Method != "GET" && route.ForOne is null))
        {
            foreach (var role in Enum.GetValues<Role>().Where(role => route.Needs!.AnyOf.Any(Roles.Of(role).Has)))
            {
                var isForTwo = route.Needs!.AnyOf.Where(Roles.Of(role).Has).All(Roles.ForTwoOf([role]).Has);
                var (first, second) = (server.Client($"first-{role.Name()}", role), server.Client($"second-{role.Name()}", role));
                Task<(HttpStatusCode Status, JsonElement? Body)> AskAsync() => SendAsync(first, route);
                var answer = await AskAsync();
                if (answer.Status == HttpStatusCode.Accepted != isForTwo) wrong.Add($"{route.Name} as {role.Name()}: {(int)answer.Status}");
                if (answer.Status != HttpStatusCode.Accepted) continue;
                asked++;
                var id = answer.Body!.Value.GetProperty("id").GetString()!;
                if ((await AskAsync()).Body!.Value.GetProperty("id").GetString() != id) wrong.Add($"{route.Name}: asking again makes a second proposal");
                var shown = await JsonAsync(second, $"/v1/proposals/{id}");
                if (!shown.GetProperty("request").GetString()!.StartsWith($"{route.Method} /", StringComparison.Ordinal)) wrong.Add($"{route.Name}: shows {shown}");
                var hash = shown.GetProperty("shown").GetString()!;
                foreach (var (who, what, expected) in new[]
                {
                    (first, hash, "access.second-is-first"),
                    (second, "sha256:else", "access.shown-stale"),
                    (server.Client("some-auditor", Role.Auditor), hash, "access.not-permitted"),
                })
                {
                    using var no = await who.PostAsync($"/v1/proposals/{id}/confirmation", ServerFixture.Json($$"""{"shown":"{{what}}"}"""));
                    if (!(await no.Content.ReadAsStringAsync()).Contains(expected, StringComparison.Ordinal)) wrong.Add($"{route.Name}: {expected} expected, {(int)no.StatusCode}");
                }
                using var yes = await second.PostAsync($"/v1/proposals/{id}/confirmation", ServerFixture.Json($$"""{"shown":"{{hash}}"}"""));
                if (yes.StatusCode != HttpStatusCode.OK) wrong.Add($"{route.Name} confirmed: {(int)yes.StatusCode} {await yes.Content.ReadAsStringAsync()}");
                // Now it reaches its route, once.
                if ((await AskAsync()).Status == HttpStatusCode.Accepted) wrong.Add($"{route.Name}: still waits although it was confirmed");
                if ((await AskAsync()).Status != HttpStatusCode.Accepted) wrong.Add($"{route.Name}: one confirmation serves twice");
            }
        }
        Assert.Empty(wrong);
        Assert.True(asked >= 12, $"only {asked} changes waited for a second person");
    }

    [Fact]
    public async Task see_the_same_request_and_it_has_its_effect_after_both_agreed()
    {
        await using var server = await ServerFixture.StartAsync(static options => options with { TwoPeople = true });
        var (mira, ada) = (server.Client("mira", Role.LeadReviewer), server.Client("ada", Role.ModelEngineer));
        const string Agent = """{"id":"router","actions":["docs"]}""";
        var waiting = await SendAsync(mira, HttpMethod.Post, "/v1/agents", Agent);
        var engine = await server.EngineAsync();
        Assert.Equal(HttpStatusCode.Accepted, waiting.Status);
        Assert.Null(engine.Agents.Find("router"));

        var proposal = (await JsonAsync(ada, "/v1/proposals")).EnumerateArray().Single();
        Assert.Equal(("POST /v1/agents", "mira", "waiting"), (proposal.GetProperty("what").GetString(), proposal.GetProperty("by").GetString(), proposal.GetProperty("state").GetString()));
        var id = proposal.GetProperty("id").GetString()!;
        var shown = await JsonAsync(ada, $"/v1/proposals/{id}");
        Assert.Equal($"POST /v1/agents\n{Agent}", shown.GetProperty("request").GetString());
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(ada, HttpMethod.Post, $"/v1/proposals/{id}/confirmation", $$"""{"shown":"{{shown.GetProperty("shown").GetString()}}"}""")).Status);
        Assert.Null(engine.Agents.Find("router"));

        // Another body is another request, whoever confirmed the first.
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync(mira, HttpMethod.Post, "/v1/agents", """{"id":"other","actions":["docs"]}""")).Status);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(mira, HttpMethod.Post, "/v1/agents", Agent)).Status);
        Assert.NotNull(engine.Agents.Find("router"));
        Assert.Equal(["mira", "ada", "mira", "mira"], engine.Store.Entries().Where(static entry => entry.Type.StartsWith("second-person.", StringComparison.Ordinal)).Select(static entry => entry.Actor.Name));
    }

    [Fact]
    public async Task do_not_hold_up_what_takes_access_away_and_a_proposal_lapses_after_a_day()
    {
        var clock = new ManualClock();
        await using var server = await ServerFixture.StartAsync(options => options with { TwoPeople = true, Clock = clock });
        var admin = server.With(server.Server.FirstKey!);
        var key = server.Key("rosa", [Role.Submitter]).Key.Id;
        using (var revoked = await admin.DeleteAsync($"/v1/keys/{key}")) Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);

        const string Issue = """{"name":"bo","roles":["submitter"]}""";
        var first = (await SendAsync(admin, HttpMethod.Post, "/v1/keys", Issue)).Body!.Value.GetProperty("id").GetString()!;
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(admin, HttpMethod.Post, $"/v1/proposals/{first}/rejection", """{"why":"a mistake"}""")).Status);
        var second = (await SendAsync(admin, HttpMethod.Post, "/v1/keys", Issue)).Body!.Value.GetProperty("id").GetString()!;
        Assert.NotEqual(first, second);
        clock.Move(SecondPersonHandler.Waits);
        var olu = server.Client("olu", Role.Admin);
        Assert.Empty((await JsonAsync(olu, "/v1/proposals")).EnumerateArray());
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(olu, HttpMethod.Post, $"/v1/proposals/{second}/confirmation", """{"shown":"x"}""")).Status);
    }

    [Fact]
    public async Task leave_no_subject_behind_who_was_erased()
    {
        await using var server = await ServerFixture.StartAsync(static options => options with { TwoPeople = true });
        using (var sent = await server.Service().PostAsync("/v1/decisions", ServerFixture.Json($$"""{"id":"d-1","occurredAt":"2026-01-05T08:00:00Z","agent":"router","input":"hello","proposed":{"action":"docs"},"subject":"{{Marker}}-content-1"}""")))
            Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        var (po, second) = (server.Client("po", Role.PrivacyOfficer), server.Client("po-2", Role.PrivacyOfficer));
        const string Erase = $$"""{"subject":"{{Marker}}-content-1","why":"asked"}""";
        var id = (await SendAsync(po, HttpMethod.Post, "/v1/subjects/erasure", Erase)).Body!.Value.GetProperty("id").GetString()!;
        var shown = (await JsonAsync(second, $"/v1/proposals/{id}")).GetProperty("shown").GetString();
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(second, HttpMethod.Post, $"/v1/proposals/{id}/confirmation", $$"""{"shown":"{{shown}}"}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(po, HttpMethod.Post, "/v1/subjects/erasure", Erase)).Status);
        var engine = await server.EngineAsync();
        Assert.Null(engine.Proposals.RequestOf(engine.Proposals.Find(id)!));
    }

    private static async Task<(HttpStatusCode Status, JsonElement? Body)> SendAsync(HttpClient client, KnownRoute route)
    {
        using var request = route.Request(static _ => "x", "{}");
        request.Headers.TryAddWithoutValidation("If-Match", "\"v1\"");
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, answer.StatusCode == HttpStatusCode.Accepted ? await ServerFixture.JsonAsync(answer) : null);
    }

    private static async Task<(HttpStatusCode Status, JsonElement? Body)> SendAsync(HttpClient client, HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = ServerFixture.Json(body) };
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType == "application/json" ? await ServerFixture.JsonAsync(answer) : null);
    }

    private static async Task<JsonElement> JsonAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        return await ServerFixture.JsonAsync(answer);
    }
}
