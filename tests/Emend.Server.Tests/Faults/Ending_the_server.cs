using System.Diagnostics;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Normalizing;
using Emend.TestKit;
using Xunit.Abstractions;

namespace Emend.Server.Tests.Faults;

/// <summary>The real server is asked to end (SIGTERM, SIGINT) while it is busy.</summary>
public class Ending_the_server(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    // Far more than anybody needs: it ends with the last connection, so no answer depends on how fast this machine is.
    private static readonly string[] DrainsLong = ["--stop-drain", "60s"];

    [Theory, Trait("Fault", "F01")]
    [InlineData(ServerProcess.Terminate)]
    [InlineData(ServerProcess.Interrupt)]
    public async Task answers_or_refuses_every_request_loses_nothing_and_exits_with_0(int signal)
    {
        using var folder = new TemporaryFolder();
        var key = await KeyAsync(folder.Path);
        var ledger = new ClientLedger(400);
        using (var server = await ServerProcess.StartAsync(folder.Path, key, DrainsLong))
        {
            var asked = 0L;
            await ledger.SendAsync(server.Client, after: 40, () =>
            {
                asked = Stopwatch.GetTimestamp();
                server.Signal(signal);
            });
            server.Client.Dispose();
            var code = await server.GoneAsync();
            output.WriteLine($"gone {Stopwatch.GetElapsedTime(asked).TotalMilliseconds:0} ms after it was asked; {ledger.Acknowledged} acknowledged, {ledger.Refused} refused, {ledger.Unknown} unknown");
            Assert.Equal(0, code);
        }
        Assert.InRange(ledger.Acknowledged, 40, ledger.All.Count - 1);
        Assert.Equal(0, ledger.Unknown);
        using (var again = await ServerProcess.StartAsync(folder.Path, key))
        {
            await ledger.SendAsync(again.Client);
            await ledger.AskAgainAsync(again.Client);
            again.Signal(signal);
            again.Client.Dispose();
            Assert.Equal(0, await again.GoneAsync());
        }
        await ledger.CheckAsync(folder.Path);
    }

    [Fact]
    public async Task tells_who_listens_who_waits_and_who_sends_a_long_stream()
    {
        using var patience = new CancellationTokenSource(Patience);
        using var folder = new TemporaryFolder();
        var key = await KeyAsync(folder.Path);
        using var server = await ServerProcess.StartAsync(folder.Path, key, DrainsLong);

        using var stream = await server.Client.GetAsync("/v1/bundles/router/events", HttpCompletionOption.ResponseHeadersRead, patience.Token);
        var events = SseParser.Create(await stream.Content.ReadAsStreamAsync(patience.Token)).EnumerateAsync(patience.Token).GetAsyncEnumerator(patience.Token);
        Assert.True(await events.MoveNextAsync());
        using var now = await server.Client.GetAsync("/v1/bundles/router/manifest", patience.Token);
        using var ask = new HttpRequestMessage(HttpMethod.Get, "/v1/bundles/router/manifest?wait=60");
        ask.Headers.IfNoneMatch.Add(now.Headers.ETag!);
        var waiting = server.Client.SendAsync(ask, patience.Token);
        var lines = new HalfSent();
        using var import = new HttpRequestMessage(HttpMethod.Post, "/v1/decisions") { Content = lines };
        var sending = server.Client.SendAsync(import, patience.Token);
        await lines.Half.WaitAsync(patience.Token);

        server.Signal(ServerProcess.Terminate);

        do Assert.True(await events.MoveNextAsync(), "the stream ended without a word");
        while (events.Current.EventType == "manifest");
        Assert.Equal("closing", events.Current.EventType);
        Assert.False(await events.MoveNextAsync());
        using var waited = await waiting;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (waited.StatusCode, waited.Headers.RetryAfter is not null));
        lines.GoOn();
        try
        {
            using var sent = await sending;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, sent.StatusCode);
        }
        catch (HttpRequestException)
        {
            // Cut while it was still sending: it knows no more than after a 503, and does the same.
        }
        server.Client.Dispose();
        Assert.Equal(0, await server.GoneAsync());

        using var again = await ServerProcess.StartAsync(folder.Path, key);
        using var whole = await again.Client.PostAsync("/v1/decisions", new StringContent(HalfSent.Text, Encoding.UTF8, "application/x-ndjson"), patience.Token);
        var result = await ServerFixture.JsonAsync(whole);
        Assert.Equal(HalfSent.Lines, result.GetProperty("accepted").GetInt32() + result.GetProperty("duplicates").GetInt32());
    }

    private static async Task<string> KeyAsync(string data)
    {
        await using var first = await ServerFixture.StartAsync(data: data);
        await (await first.EngineAsync()).AgentHandler.HandleAsync(new RegisterAgent(new() { Id = "router" }, Actor.Policy("test")), CancellationToken.None);
        return first.Key("helpdesk", [Role.Agent, Role.Submitter], isService: true).Text;
    }

    /// <summary>Lines of which half are sent, and the rest when it is told to.</summary>
    private sealed class HalfSent : HttpContent
    {
        public const int Lines = 1_200;
        public static readonly string Text = string.Concat(Enumerable.Range(0, Lines).Select(static i => $$"""{"id":"s-{{i}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","proposed":{"action":"a"} }""" + "\n"));

        private readonly TaskCompletionSource _half = new(TaskCreationOptions.RunContinuationsAsynchronously), _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HalfSent() => Headers.ContentType = new("application/x-ndjson");

        public Task Half => _half.Task;

        public void GoOn() => _goOn.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var bytes = Encoding.UTF8.GetBytes(Text);
            await stream.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
            await stream.FlushAsync();
            _half.TrySetResult();
            await _goOn.Task;
            await stream.WriteAsync(bytes.AsMemory(bytes.Length / 2));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
