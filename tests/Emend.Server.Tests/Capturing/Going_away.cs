using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Server.Access;
using Emend.TestKit;
using Microsoft.AspNetCore.Builder;

namespace Emend.Server.Tests.Capturing;

/// <summary>The client closes its connection, or the server's patience ends, in the middle of a request.</summary>
public class Going_away
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task from_an_export_ends_the_reading_of_it()
    {
        const int Decisions = 3_000;
        await using var server = await ServerFixture.StartAsync();
        var engine = await server.EngineAsync();
        // More than all buffers between here and there hold together.
        var text = new string('x', 12_000);
        foreach (var batch in Enumerable.Range(0, Decisions).Chunk(500))
        {
            await engine.Intake.Decisions.HandleAsync(
                [.. batch.Select(i => new Decision { Id = string.Create(CultureInfo.InvariantCulture, $"d-{i}"), OccurredAt = 1_700_000_000_000_000 + i, Agent = "router", Context = Context.Of([], null, text), Proposed = new("a") })],
                Actor.Policy("test"), CancellationToken.None);
        }
        var ended = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        string? trace = null;
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == CapturingTelemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                // Other tests export too.
                if (activity.OperationName == "export decisions" && activity.TraceId.ToHexString() == Volatile.Read(ref trace)) ended.TrySetResult(activity.GetTagItem("emend.lines") as long? ?? -1);
            },
        };
        ActivitySource.AddActivityListener(listener);

        using (var answer = await server.Client("mira", Role.LeadReviewer).GetAsync("/v1/export/decisions?unmask=drill", HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Volatile.Write(ref trace, answer.Headers.GetValues("Trace-Id").Single());
            var body = await answer.Content.ReadAsStreamAsync();
            Assert.True(await body.ReadAsync(new byte[1 << 10]) > 0);
            Assert.False(ended.Task.IsCompleted);
        }

        var read = await ended.Task.WaitAsync(Patience);
        Assert.InRange(read, 1, Decisions - 1);
        using var whole = await server.Client("mira", Role.LeadReviewer).GetAsync("/v1/export/decisions");
        Assert.Equal(Decisions, (await whole.Content.ReadAsStringAsync()).Count(static c => c == '\n'));
    }

    [Fact]
    public async Task from_an_import_leaves_whole_batches_behind_and_sending_it_again_completes_it()
    {
        const int Lines = 600, Batch = 256;
        await using var server = await ServerFixture.StartAsync();
        var (desk, engine) = (server.Service(), await server.EngineAsync());
        var body = string.Concat(Enumerable.Range(0, Lines).Select(static i => $$"""{"id":"d-{{i}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","proposed":{"action":"a"} }""" + "\n"));
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, server.Address.Port);
            // Twice as long as what is sent of it.
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /v1/decisions HTTP/1.1\r\nHost: test\r\nAuthorization: {desk.DefaultRequestHeaders.Authorization}\r\nContent-Type: application/x-ndjson\r\nContent-Length: {2 * body.Length}\r\n\r\n{body}"));
            using var patience = new CancellationTokenSource(Patience);
            while (engine.Decisions.Count("router") < 2 * Batch) await server.Anonymous.GetStringAsync("/readyz", patience.Token);
        }

        var again = await ServerFixture.JsonAsync(await desk.PostAsync("/v1/decisions", new StringContent(body, Encoding.UTF8, "application/x-ndjson")));
        Assert.Equal((Lines - (2 * Batch), 2 * Batch), (again.GetProperty("accepted").GetInt32(), again.GetProperty("duplicates").GetInt32()));
        Assert.Equal(Lines, engine.Decisions.Count("router"));
        Assert.True(VerifyJournal.Run(engine.Store, null, CancellationToken.None).IsSound);
    }

    [Fact]
    public async Task too_late_is_answered_with_a_problem_and_the_work_is_given_up()
    {
        var givenUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await ServerFixture.StartAsync(static options => options with { RequestTimeout = TimeSpan.FromMilliseconds(300) }, moreRoutes: routes => routes.MapGet("/v1/slow", async (CancellationToken cancel) =>
        {
            await using var seen = cancel.Register(givenUp.SetResult);
            await Task.Delay(Timeout.Infinite, cancel);
        }).Needs(Permission.LogicRead));

        using var answer = await server.Client("mira", Role.LeadReviewer).GetAsync("/v1/slow");

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Equal("http.timed-out", (await ServerFixture.JsonAsync(answer)).GetProperty("code").GetString());
        await givenUp.Task.WaitAsync(Patience);
    }
}
