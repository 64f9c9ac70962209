using System.Net;
using System.Net.Sockets;
using System.Text;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Storage;
using Emend.TestKit;

namespace Emend.Server.Tests.Access;

public class Using_keys
{
    [Fact]
    public async Task the_first_start_gives_one_admin_key_and_later_starts_none()
    {
        using var folder = new TemporaryFolder();
        string first;
        await using (var server = await ServerFixture.StartAsync(data: folder.Path))
        {
            first = Assert.IsType<string>(server.Server.FirstKey);
            Assert.Equal(HttpStatusCode.OK, (await server.With(first).GetAsync("/v1/keys")).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await server.With(first).GetAsync("/v1/decisions")).StatusCode);
        }
        await using var again = await ServerFixture.StartAsync(data: folder.Path);
        Assert.Null(again.Server.FirstKey);
        Assert.Equal(HttpStatusCode.OK, (await again.With(first).GetAsync("/v1/keys")).StatusCode);
    }

    [Fact]
    public async Task a_secret_is_kept_nowhere()
    {
        await using var server = await ServerFixture.StartAsync();
        var key = server.Key("rosa", [Role.Submitter]).Text;
        await server.With(key).GetAsync("/v1/corrections");
        await server.SettleAsync();

        var secret = Encoding.UTF8.GetBytes(key[17..]);
        Assert.All(Directory.EnumerateFiles(server.Data, "*", SearchOption.AllDirectories).Where(static file => !file.EndsWith(".lock", StringComparison.Ordinal)), file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            Assert.True(bytes.AsSpan().IndexOf(secret) < 0, $"{file} holds the secret");
        });
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(server.Data, "keys"), "access.*"))
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task what_is_no_key_opens_nothing()
    {
        await using var server = await ServerFixture.StartAsync();
        foreach (var header in new[]
        {
            "",
            "Bearer",
            "Bearer emk_",
            "Bearer emk_aaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "Bearer emk_AAAAAAAAAAAA_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "Bearer ' OR 1=1 --",
            "Basic YWRtaW46YWRtaW4=",
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/keys");
            request.Headers.TryAddWithoutValidation("Authorization", header);
            using var answer = await server.Anonymous.SendAsync(request);
            Assert.Equal((header, HttpStatusCode.Unauthorized, "Bearer"), (header, answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()));
        }
    }

    [Fact]
    public async Task every_wrong_letter_of_a_key_is_noticed_and_costs_what_an_unknown_key_costs()
    {
        await using var server = await ServerFixture.StartAsync();
        var key = server.Key("rosa", [Role.Submitter]).Text;
        Assert.NotNull(server.Keys.Check(key));
        for (var i = 0; i < key.Length; i++)
        {
            var other = (key[i] == 'x' ? 'y' : 'x') + key[(i + 1)..];
            // The last letter holds four bits that count and two that do not; changing the text changes the hash all the same.
            Assert.Null(server.Keys.Check(key[..i] + other));
        }
        // The same work in both cases: one HMAC and one comparison of equal length, whatever the id. Allocation shows it without a clock.
        var (wrong, unknown) = (key[..^3] + "xyz", "emk_000000000000" + key[16..]);
        Assert.Equal(Allocated(() => server.Keys.Check(wrong)), Allocated(() => server.Keys.Check(unknown)));
    }

    [Fact]
    public async Task a_key_ends_when_it_expires_and_keys_overlap_when_they_rotate()
    {
        var clock = new ManualClock();
        await using var server = await ServerFixture.StartAsync(options => options with { Clock = clock });
        var admin = server.With(server.Server.FirstKey!);
        var issued = await ServerFixture.JsonAsync(await admin.PostAsync("/v1/keys", ServerFixture.Json("""{"name":"bot","roles":["submitter"],"service":true,"days":2}""")));
        var old = server.With(issued.GetProperty("key").GetString()!);
        Assert.Equal(HttpStatusCode.OK, (await old.GetAsync("/v1/corrections")).StatusCode);

        var rotated = await ServerFixture.JsonAsync(await admin.PostAsync($"/v1/keys/{issued.GetProperty("id").GetString()}/rotation", ServerFixture.Json("""{"overlapHours":1}""")));
        var next = server.With(rotated.GetProperty("key").GetString()!);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), ((await old.GetAsync("/v1/corrections")).StatusCode, (await next.GetAsync("/v1/corrections")).StatusCode));

        clock.Move(TimeSpan.FromHours(1));
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), ((await old.GetAsync("/v1/corrections")).StatusCode, (await next.GetAsync("/v1/corrections")).StatusCode));
        clock.Move(TimeSpan.FromDays(90));
        Assert.Equal(HttpStatusCode.Unauthorized, (await next.GetAsync("/v1/corrections")).StatusCode);
    }

    [Fact]
    public async Task a_key_revoked_by_another_process_ends_its_requests_and_running_streams()
    {
        await using var server = await ServerFixture.StartAsync();
        var issued = server.Key("bot", [Role.Agent, Role.Submitter], isService: true);
        var bot = server.With(issued.Text);
        // A stream of lines that does not end by itself.
        using var stream = new TcpClient();
        await stream.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        const string Line = """{"id":"s-1","occurredAt":"2026-01-05T08:00:00Z","agent":"a","proposed":{"action":"x"}}""" + "\n";
        await stream.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/decisions HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {issued.Text}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n{Line.Length:x}\r\n{Line}\r\n"));
        // The key is noted as used once the request has passed the gate.
        await WaitAsync(() => server.Keys.HasUses);

        // As `emend keys revoke` does, with files of its own.
        using (var elsewhere = ApiKeys.Open(DataDirectory.Open(server.Data), TimeProvider.System))
            Assert.IsType<Answer<ApiKey>.Granted>(elsewhere.Revoke(issued.Key.Id, new Actor("olu")));
        await server.SettleAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, (await bot.GetAsync("/v1/corrections")).StatusCode);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var reader = new StreamReader(stream.GetStream(), Encoding.ASCII);
        Assert.StartsWith("HTTP/1.1 401", await reader.ReadLineAsync(patience.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task what_happens_to_keys_is_journaled_once()
    {
        await using var server = await ServerFixture.StartAsync();
        var issued = server.Key("rosa", [Role.Submitter]);
        server.Keys.Revoke(issued.Key.Id, new Actor("olu"));
        var engine = await server.EngineAsync();
        var waiting = server.Keys.Unjournaled("default");
        await server.SettleAsync();
        await server.SettleAsync();

        // Interrupted between journal and key file: the same events come again.
        Assert.True(waiting.Count >= 2);
        var entries = engine.Store.Entries().Where(static entry => entry.Type.StartsWith(AccessJournal.KeyPrefix, StringComparison.Ordinal)).ToList();
        Assert.Equal(entries.Count, entries.SelectMany(static entry => entry.Records).Select(static record => record.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.Contains(entries, static entry => entry.Type == "access.key-revoked" && entry.Actor.Name == "olu");
        Assert.Empty(server.Keys.Unjournaled("default"));
    }

    [Fact]
    public async Task nobody_grants_to_themselves_and_some_roles_do_not_go_together()
    {
        await using var server = await ServerFixture.StartAsync();
        var admin = server.With(server.Server.FirstKey!);
        foreach (var (body, code) in new[]
        {
            ("""{"name":"admin","roles":["operator"]}""", "access.own-grant"),
            ("""{"name":"x","roles":["admin","operator"]}""", "access.roles-conflict"),
            ("""{"name":"x","roles":["auditor","submitter"]}""", "access.roles-conflict"),
            ("""{"name":"x","roles":["owner"]}""", "access.key-wrong"),
            ("""{"name":"x","roles":[]}""", "access.key-wrong"),
            ("""{"name":"policy:x","roles":["operator"]}""", "access.key-wrong"),
            ("""{"name":"x","roles":["operator"],"days":91}""", "access.key-wrong"),
            ("""{"name":"x","roles":["operator"],"workspace":"b"}""", "http.bad-request"),
        })
        {
            using var answer = await admin.PostAsync("/v1/keys", ServerFixture.Json(body));
            Assert.Equal((body, code), (body, (await ServerFixture.JsonAsync(answer)).GetProperty("code").GetString()));
        }
    }

    [Fact, Trait("Fault", "F34")]
    public async Task too_many_requests_wait_as_long_as_they_are_told()
    {
        var clock = new ManualClock();
        await using var server = await ServerFixture.StartAsync(options => options with { Clock = clock, RequestsPerSecond = 2 });
        var client = server.Client("rosa", Role.Submitter);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 5; i++) statuses.Add((await client.GetAsync("/v1/corrections")).StatusCode);
        using var refused = await client.GetAsync("/v1/corrections");

        // The clock stands still: the bucket of two seconds' worth is all there is.
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(4, statuses.Count(static status => status == HttpStatusCode.OK));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 2);
        Assert.Equal(HttpStatusCode.OK, (await server.Client("bo", Role.Submitter).GetAsync("/v1/corrections")).StatusCode);
    }

    private static long Allocated(Action action)
    {
        action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
