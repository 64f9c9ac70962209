using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Server.Tests;

public class Sending_what_nobody_should
{
    private static readonly (string Path, string Body)[] Malformed =
    [
        ("/v1/decisions", """{"id":"d","occurredAt":"2026-01-05T08:00:00Z","agent":"a","proposed":{"action":"x"},"workspace":"b"}"""),
        ("/v1/decisions", """{"id":"d","id":"e","occurredAt":"2026-01-05T08:00:00Z","agent":"a","proposed":{"action":"x"}}"""),
        ("/v1/corrections", """{"decisionId":"d","verdict":"confirm","by":"rosa","at":"2026-01-05T08:00:00Z","weight":9,"isRuled":true}"""),
        ("/v1/decisions", """{"items":[],"actor":"admin"}"""),
        ("/v1/candidates/x/approval", """{"why":"x","report":"y","approvedBy":"olu"}"""),
        ("/v1/candidates/x/approval", """{"why":"x","why":"y","report":"y"}"""),
        ("/v1/candidates/x/approval", """{"why":"x"}"""),
        ("/v1/candidates/x/approval", """{"why":null,"report":"y"}"""),
        ("/v1/candidates/x/approval", """{"WHY":"x","report":"y"}"""),
        ("/v1/reviews/x/ruling", """{"verdict":"confirm","why":"x","by":"somebody-else"}"""),
        ("/v1/reviews/x/ruling", """{"verdict":"confirm","why":17}"""),
        ("/v1/keys", """{"name":"x","roles":["operator"],"createdBy":"admin","expiresAt":"2099-01-01T00:00:00Z"}"""),
        ("/v1/agents", """{"id":"a","version":7}"""),
        ("/v1/subjects/erasure", "[]"),
        ("/v1/subjects/erasure", ""),
    ];

    [Fact]
    public async Task a_member_that_is_none_stands_twice_or_is_missing_is_refused_and_nothing_is_written()
    {
        await using var server = await ServerFixture.StartAsync();
        var engine = await server.EngineAsync();
        // Everybody who may, as one: what is refused here is refused for its form.
        var everybody = server.Client("rosa", [.. Enum.GetValues<Role>().Where(static role => role is not (Role.Auditor or Role.Admin))]);
        var admin = server.With(server.Server.FirstKey!);
        await server.SettleAsync();
        var before = engine.Store.Size;
        foreach (var (path, body) in Malformed)
        {
            using var answer = await (path == "/v1/keys" ? admin : everybody).PostAsync(path, ServerFixture.Json(body));
            Assert.Equal((path, body, HttpStatusCode.BadRequest, "application/problem+json"), (path, body, answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        }
        Assert.Equal(before, engine.Store.Size);
    }

    [Fact]
    public async Task bodies_that_are_too_large_too_deep_or_of_another_kind_are_refused()
    {
        await using var server = await ServerFixture.StartAsync(static options => options with { MaxBodyBytes = 1 << 20 });
        var desk = server.Service();
        var deep = string.Concat(Enumerable.Repeat("[", 5_000)) + string.Concat(Enumerable.Repeat("]", 5_000));

        using var nested = await desk.PostAsync("/v1/decisions", ServerFixture.Json("{\"id\":\"d\",\"occurredAt\":\"2026-01-05T08:00:00Z\",\"agent\":\"a\",\"proposed\":{\"action\":\"x\",\"args\":{\"a\":" + deep + "}}}"));
        using var nestedBatch = await desk.PostAsync("/v1/decisions", ServerFixture.Json($$"""{"items":[{{deep}}]}"""));
        using var nestedBody = await server.Client("mira", Role.LeadReviewer).PostAsync("/v1/reviews/x/ruling", ServerFixture.Json($$"""{"verdict":"modify","why":"x","action":"y","args":{{deep}}}"""));
        using var tooMany = await desk.PostAsync("/v1/decisions", ServerFixture.Json($$"""{"items":[{{string.Join(',', Enumerable.Repeat("1", 1_001))}}]}"""));
        using var form = await desk.PostAsync("/v1/decisions", new StringContent("id=d", Encoding.UTF8, "application/x-www-form-urlencoded"));
        using var longLine = await desk.PostAsync("/v1/decisions", new StringContent(
            new string('x', 3 << 20) + "\n" + """{"id":"after","occurredAt":"2026-01-05T08:00:00Z","agent":"a","proposed":{"action":"x"}}""", Encoding.UTF8, "application/x-ndjson"));

        Assert.Equal(
            [HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.UnsupportedMediaType],
            new[] { nested, nestedBatch, nestedBody, tooMany, form }.Select(static answer => answer.StatusCode));
        var stream = await ServerFixture.JsonAsync(longLine);
        Assert.Equal((1, 1), (stream.GetProperty("accepted").GetInt32(), stream.GetProperty("badLines").GetInt32()));

        // Announced and not sent: whoever sends it all may find the connection closed before the answer.
        using var large = new TcpClient();
        await large.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        await large.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/decisions HTTP/1.1\r\nHost: test\r\nAuthorization: {desk.DefaultRequestHeaders.Authorization}\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n"));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var reader = new StreamReader(large.GetStream(), Encoding.ASCII);
        Assert.StartsWith("HTTP/1.1 413", await reader.ReadLineAsync(patience.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task text_that_is_code_elsewhere_stays_text()
    {
        await using var server = await ServerFixture.StartAsync();
        var (desk, lead) = (server.Service(), server.Client("mira", Role.LeadReviewer));
        string[] texts = ["'; DROP TABLE decision; --", "\" OR \"1\"=\"1", "a%27%20OR%201=1", "line\u2028break", "<script>alert(1)</script>", "${jndi:ldap://127.0.0.1/x}", "{{7*7}}", "../../keys/kek.key"];
        for (var i = 0; i < texts.Length; i++)
        {
            var text = JsonSerializer.Serialize(texts[i]);
            using var sent = await desk.PostAsync("/v1/decisions", ServerFixture.Json($$"""{"id":{{text}},"occurredAt":"2026-01-05T08:00:00Z","agent":{{text}},"input":{{text}},"proposed":{"action":{{text}} } }"""));
            Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        }
        foreach (var text in texts)
        {
            var escaped = Uri.EscapeDataString(text);
            var listed = await ServerFixture.JsonAsync(await lead.GetAsync("/v1/decisions?agent=" + escaped));
            Assert.Equal(text, Assert.Single(listed.GetProperty("items").EnumerateArray()).GetProperty("id").GetString());
            using var cursor = await lead.GetAsync("/v1/decisions?cursor=" + escaped);
            Assert.Equal(HttpStatusCode.BadRequest, cursor.StatusCode);
            if (!text.Contains('/', StringComparison.Ordinal) && !text.Contains('%', StringComparison.Ordinal))
                Assert.Equal(HttpStatusCode.OK, (await lead.GetAsync("/v1/decisions/" + escaped)).StatusCode);
        }
        Assert.Equal(texts.Length, (await ServerFixture.JsonAsync(await lead.GetAsync("/v1/decisions"))).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task a_batch_that_is_sent_again_gets_the_first_receipts_and_has_no_effect()
    {
        await using var server = await ServerFixture.StartAsync();
        var desk = server.Service();
        var body = $$"""{"items":[{{string.Join(',', Enumerable.Range(0, 50).Select(static i => $$"""{"decisionId":"d-{{i}}","verdict":"confirm","by":"rosa","at":"2026-01-05T08:00:00Z"}"""))}}]}""";
        async Task<JsonElement> SendAsync(string text)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/corrections") { Content = ServerFixture.Json(text) };
            request.Headers.Add("Idempotency-Key", "batch-1");
            return await ServerFixture.JsonAsync(await desk.SendAsync(request));
        }

        // What is journaled of the key itself comes within a second, and is not what is counted here.
        await server.SettleAsync();
        var first = await SendAsync(body);
        var size = (await server.EngineAsync()).Store.Size;
        var again = await SendAsync(body);
        var other = await SendAsync(body.Replace("confirm", "reject", StringComparison.Ordinal));

        Assert.Equal(size, (await server.EngineAsync()).Store.Size);
        Assert.Equal((50, 50, 50), (first.GetProperty("accepted").GetInt32(), again.GetProperty("duplicates").GetInt32(), other.GetProperty("failed").GetInt32()));
        static string Receipts(JsonElement answer) => string.Join(';', answer.GetProperty("items").EnumerateArray().Select(static item => $"{item.GetProperty("id")}@{item.GetProperty("entry")}.{item.GetProperty("position")}"));
        Assert.Equal(Receipts(first), Receipts(again));
    }

    [Fact]
    public async Task personal_content_is_masked_and_what_is_shown_in_clear_is_journaled_first()
    {
        await using var server = await ServerFixture.StartAsync();
        await SmallWorld.MakeAsync(server, "default", "mask");
        var (lead, engineer) = (server.Client("mira", Role.LeadReviewer), server.Client("ada", Role.ModelEngineer));
        var engine = await server.EngineAsync();

        foreach (var path in new[] { "/v1/decisions?limit=500", "/v1/decisions/mask-d1", "/v1/corrections?limit=500", "/v1/export/decisions", "/v1/export/corrections", "/v1/reviews" })
            Assert.DoesNotContain("mask-content", await lead.GetStringAsync(path), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await engineer.GetAsync("/v1/decisions/mask-d1?unmask=curious")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await lead.GetAsync("/v1/decisions/mask-d1?unmask=%20")).StatusCode);
        Assert.DoesNotContain(engine.Store.Entries(), static entry => entry.Type == AccessJournal.UnmaskedType);

        Assert.Contains("mask-content", await lead.GetStringAsync("/v1/decisions/mask-d1?unmask=complaint%2012"), StringComparison.Ordinal);
        Assert.Contains("mask-content", await lead.GetStringAsync("/v1/export/decisions?unmask=audit"), StringComparison.Ordinal);
        var entries = engine.Store.Entries().Where(static entry => entry.Type == AccessJournal.UnmaskedType).ToList();
        Assert.Equal(["decision mask-d1", "export decisions"], entries.Select(static entry => entry.Records[0].Id));
        Assert.All(entries, static entry => Assert.Equal("mira", entry.Actor.Name));
        Assert.Equal("\"complaint 12\"", entries[0].Records[0]["why"]);
    }

    [Fact]
    public async Task a_change_made_from_an_old_version_is_refused()
    {
        await using var server = await ServerFixture.StartAsync();
        var lead = server.Client("mira", Role.LeadReviewer);
        (await lead.PostAsync("/v1/agents", ServerFixture.Json("""{"id":"a","actions":["x"]}"""))).Dispose();
        using var read = await lead.GetAsync("/v1/agents/a");
        HttpRequestMessage Change(string actions, string? version)
        {
            var request = new HttpRequestMessage(HttpMethod.Put, "/v1/agents/a") { Content = ServerFixture.Json($$"""{"id":"a","actions":[{{actions}}]}""") };
            if (version is not null) request.Headers.TryAddWithoutValidation("If-Match", version);
            return request;
        }

        using var blind = await lead.SendAsync(Change("\"x\",\"y\"", null));
        using var first = await lead.SendAsync(Change("\"x\",\"y\"", read.Headers.ETag!.Tag));
        using var late = await lead.SendAsync(Change("\"x\",\"z\"", read.Headers.ETag!.Tag));

        Assert.Equal((HttpStatusCode.PreconditionRequired, HttpStatusCode.OK, HttpStatusCode.PreconditionFailed), (blind.StatusCode, first.StatusCode, late.StatusCode));
        Assert.NotEqual(read.Headers.ETag!.Tag, first.Headers.ETag!.Tag);
    }

    [Fact]
    public async Task a_case_that_was_protected_anew_meanwhile_is_not_removed()
    {
        await using var server = await ServerFixture.StartAsync();
        var lead = server.Client("mira", Role.LeadReviewer);
        (await lead.PostAsync("/v1/agents", ServerFixture.Json("""{"id":"a","actions":["x","y"]}"""))).Dispose();
        (await server.Service().PostAsync("/v1/decisions", ServerFixture.Json("""{"id":"d-1","occurredAt":"2026-01-05T08:00:00Z","agent":"a","proposed":{"action":"x"} }"""))).Dispose();
        await ProtectAsync("x");
        var first = await TagAsync();
        Assert.Equal((HttpStatusCode)428, await RemoveAsync(null));
        Assert.Equal(HttpStatusCode.OK, await RemoveAsync(first));
        await ProtectAsync("y");

        Assert.Equal(HttpStatusCode.PreconditionFailed, await RemoveAsync(first));
        Assert.Equal(HttpStatusCode.OK, await RemoveAsync(await TagAsync()));

        async Task ProtectAsync(string expect)
        {
            using var added = await lead.PostAsync("/v1/agents/a/golden", ServerFixture.Json($$"""{"decision":"d-1","expect":"{{expect}}","why":"as agreed"}"""));
            Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        }

        async Task<string> TagAsync()
        {
            using var listed = await lead.GetAsync("/v1/agents/a/golden");
            return listed.Headers.ETag!.Tag;
        }

        async Task<HttpStatusCode> RemoveAsync(string? version)
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, "/v1/agents/a/golden/d-1?why=drill");
            if (version is not null) request.Headers.TryAddWithoutValidation("If-Match", version);
            using var answer = await lead.SendAsync(request);
            return answer.StatusCode;
        }
    }
}
