using System.Net;
using System.Net.Http.Headers;
using Emend.Engine.Access;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;
using Emend.TestKit;

namespace Emend.Server.Tests.Serving;

public class Handing_out_bundles
{
    private static readonly Bundle Good = new()
    {
        Agent = "router",
        Rules = [new() { Id = "r-1", When = new Predicate(Operand.Feature("topic"), Comparison.Eq, FeatureValue.Of("x")), Effect = RuleEffect.Override, Action = "b" }],
    };

    [Fact]
    public async Task answers_a_manifest_once_and_then_only_when_something_changed()
    {
        await using var server = await ServerFixture.StartAsync();
        var walk = await WalkAsync(server);
        var agent = server.Service();
        using var first = await agent.GetAsync(Path("router/manifest"));
        Assert.Equal((HttpStatusCode.OK, "text/plain"), (first.StatusCode, first.Content.Headers.ContentType!.MediaType));
        Assert.StartsWith("emend/manifest/v1\n", await first.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using (var same = await GetAsync(agent, "router/manifest", first.Headers.ETag!)) Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        var waiting = GetAsync(agent, "router/manifest?wait=60", first.Headers.ETag!);
        await walk.ReleaseAsync(Good);
        using var changed = await waiting;
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(first.Headers.ETag, changed.Headers.ETag);
    }

    [Theory]
    [InlineData("nobody/manifest", HttpStatusCode.NotFound)]
    [InlineData("nobody/events", HttpStatusCode.NotFound)]
    [InlineData("router/manifest?wait=61", HttpStatusCode.BadRequest)]
    [InlineData("router/manifest?wait=-1", HttpStatusCode.BadRequest)]
    [InlineData("by-digest/sha256:0000", HttpStatusCode.NotFound)]
    public async Task says_no_to_what_there_is_not(string path, HttpStatusCode status)
    {
        await using var server = await ServerFixture.StartAsync();
        await WalkAsync(server);
        using var answer = await server.Service().GetAsync(Path(path));
        Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task hands_out_the_bytes_of_approved_bundles_and_of_no_others()
    {
        await using var server = await ServerFixture.StartAsync();
        var walk = await WalkAsync(server);
        var engine = await server.EngineAsync();
        var agent = server.Service();
        var built = await new RegisterCandidateHandler(engine.Ledger).HandleAsync(new(Good with { Rules = [] }, ["rosa"], new("ana")), CancellationToken.None);
        var unapproved = Assert.IsType<Engine.Answer<string>.Granted>(built).Value;
        var digest = await walk.ApproveAsync(Good);

        using (var refused = await agent.GetAsync(Path("by-digest/" + unapproved))) Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        using var answer = await agent.GetAsync(Path("by-digest/" + digest));
        Assert.Equal(digest, BundleDigest.Of(await answer.Content.ReadAsByteArrayAsync()));
        using var again = await GetAsync(agent, "by-digest/" + digest, answer.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Fact]
    public async Task streams_what_is_served_now_then_every_change_and_a_sign_of_life_in_between()
    {
        await using var server = await ServerFixture.StartAsync(static options => options with { Clock = new HurriedClock() });
        var walk = await WalkAsync(server);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var answer = await server.Service().GetAsync(Path("router/events"), HttpCompletionOption.ResponseHeadersRead, patience.Token);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(patience.Token));
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);

        Assert.Equal("0", await IdAsync(lines, patience.Token));
        while (await lines.ReadLineAsync(patience.Token) != ": alive") { }
        await walk.ReleaseAsync(Good);
        string? id;
        do id = await IdAsync(lines, patience.Token);
        while (id != "2");
    }

    [Fact]
    public async Task does_not_say_again_what_a_client_that_comes_back_has()
    {
        await using var server = await ServerFixture.StartAsync();
        var walk = await WalkAsync(server);
        await walk.ReleaseAsync(Good);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var request = new HttpRequestMessage(HttpMethod.Get, Path("router/events"));
        request.Headers.Add("Last-Event-ID", "2");
        using var answer = await server.Service().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(patience.Token));

        Assert.Equal(": alive", await lines.ReadLineAsync(patience.Token));
        await walk.KillAsync(on: true);
        Assert.Equal("3", await IdAsync(lines, patience.Token));
    }

    [Fact]
    public async Task ends_its_streams_when_it_closes()
    {
        var server = await ServerFixture.StartAsync();
        await WalkAsync(server);
        // A client of its own: the fixture's end with it.
        using var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", server.Key("bot", [Role.Agent], isService: true).Text);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var answer = await client.GetAsync(Path("router/events"), HttpCompletionOption.ResponseHeadersRead, patience.Token);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(patience.Token));
        await IdAsync(lines, patience.Token);

        var closing = server.DisposeAsync().AsTask();
        while (await lines.ReadLineAsync(patience.Token) is not null) { }
        await closing.WaitAsync(patience.Token);
    }

    private static async Task<ReleaseWalk> WalkAsync(ServerFixture server)
    {
        var engine = await server.EngineAsync();
        await engine.AgentHandler.HandleAsync(new RegisterAgent(new() { Id = "router" }, Emend.Engine.Actor.Policy("test")), CancellationToken.None);
        return new(engine.Store, engine.Ledger, "router");
    }

    private static Uri Path(string path) => new("v1/bundles/" + path, UriKind.Relative);

    private static async Task<HttpResponseMessage> GetAsync(HttpClient client, string path, EntityTagHeaderValue known)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path(path));
        request.Headers.IfNoneMatch.Add(known);
        return await client.SendAsync(request);
    }

    private static async Task<string?> IdAsync(StreamReader lines, CancellationToken cancel)
    {
        while (await lines.ReadLineAsync(cancel) is { } line)
            if (line.StartsWith("id: ", StringComparison.Ordinal)) return line[4..];
        return null;
    }

    // A quarter of a minute in a quarter of a second.
    private sealed class HurriedClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 60 : dueTime, period > TimeSpan.Zero ? period / 60 : period);
    }
}
