using Emend.Client.Capturing;
using Emend.Engine.Serving;
using Emend.Logic;
using static Emend.Client.Tests.LiveWorld;
using static Emend.Client.Tests.World;

namespace Emend.Client.Tests;

public class Following_a_server
{
    [Fact]
    public async Task applies_every_release_step_and_reports_what_it_did_with_each_decision()
    {
        await using var world = await StartAsync();
        await using var emend = await world.ClientAsync();
        await emend.WaitForLogicAsync(Patience);
        Assert.Equal("a", emend.Decide(About("x")).Action!.Label);

        var digest = await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        await UntilAsync(() => emend.ServedBundle == digest);
        var result = emend.Decide(About("x", id: "d-1", subject: "cust-9"));
        var receipt = await emend.CorrectAsync(new() { DecisionId = "d-1", Verdict = CorrectionVerdict.Modify, Action = new("c"), By = "rosa", Comment = "not this queue" });
        Assert.True(emend.Report(new() { DecisionId = "d-1", Metric = "reopened", Value = 1 }));
        await emend.DrainAsync(Patience);

        var counts = emend.Counts;
        Assert.Equal((4, 4, 0, 0), (counts.Recorded, counts.Sent, counts.Waiting, counts.Dropped));
        var exposure = world.Engine.Exposures.Find("d-1")!;
        Assert.Equal((digest, "r-x-b", true), (exposure.Bundle, exposure.Rule, exposure.IsChanged));
        var known = world.Engine.Decisions.Find("d-1")!;
        Assert.Equal(("cust-9", "x"), (known.Decision.Subject, known.Decision.Context["topic"].AsString));
        Assert.True(receipt.IsRecorded);
        Assert.Contains("rosa", string.Join(' ', world.Engine.Corrections.Of("d-1").Select(static one => one.Correction.By)), StringComparison.Ordinal);
    }

    [Fact, Trait("Fault", "F23")]
    public async Task goes_on_while_the_server_is_away_and_hands_in_every_record_once_when_it_is_back()
    {
        await using var world = await StartAsync();
        var state = Path.Combine(world.Server.Data, "..", Path.GetFileName(world.Server.Data) + "-agent");
        const int Decisions = 600, Corrections = 60;
        try
        {
            var digest = await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
            await using (var emend = await world.ClientAsync(state: state))
            {
                await UntilAsync(() => emend.ServedBundle == digest);
                for (var i = 0; i < Decisions; i++)
                {
                    if (i == 200) await world.StopAsync();
                    Assert.Equal("b", emend.Decide(About("x", id: $"d-{i}")).Action!.Label);
                    if (i % 10 == 0) Assert.True((await emend.CorrectAsync(new() { DecisionId = $"d-{i}", Verdict = CorrectionVerdict.Reject, By = "rosa", IdempotencyKey = $"k-{i}" })).IsRecorded);
                }
            }
            // The agent's process ends with the server still away, and starts again before it is back.
            await world.StartAgainAsync();
            await using (var emend = await world.ClientAsync(state: state))
            {
                await emend.DrainAsync(Patience);
                Assert.Equal(0, emend.Counts.Dropped);
            }
            Assert.Equal(Decisions, world.Engine.Decisions.Count("router"));
            for (var i = 0; i < Decisions; i += 10) Assert.Single(world.Engine.Corrections.Of($"d-{i}"));
            for (var i = 0; i < Decisions; i += 7) Assert.Equal(digest, world.Engine.Exposures.Find($"d-{i}")!.Bundle);
            Assert.Equal(Corrections, Entries(world, "corrections.accepted"));
            Assert.Equal((Decisions, Decisions), (Entries(world, "decisions.accepted"), Entries(world, ExposureJournal.EntryType)));
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    [Fact, Trait("Fault", "F02")]
    public async Task counts_a_record_once_however_often_its_answer_is_lost()
    {
        await using var world = await OpenAsync();
        var server = new FakeServer(world.Engine) { LoseAnswers = 9 };
        await using var emend = world.Client(server, with: static options => options.BatchSize = 7);
        for (var i = 0; i < 100; i++) emend.Decide(About("x", id: $"d-{i}"));
        for (var i = 0; i < 20; i++) await emend.CorrectAsync(new() { DecisionId = $"d-{i}", Verdict = CorrectionVerdict.Reject, By = "rosa" });
        emend.Start();
        await emend.DrainAsync(Patience);

        Assert.Equal(220, server.Counted.Count); // decisions, what was done with them, corrections
        Assert.All(server.Counted.Values, static times => Assert.Equal(1, times));
        Assert.Equal((120, 120), (emend.Counts.Recorded, emend.Counts.Sent));
    }

    [Fact]
    public async Task closes_without_a_fault_when_the_connection_breaks_while_it_does()
    {
        await using var world = await OpenAsync();
        var breaking = new BreaksWhenCancelled();
        var options = world.Options(server: new Uri("http://127.0.0.1:1"));
        // A loss to report, too: that request breaks like the others.
        using (var losses = LossRegister.Open(Directory.CreateDirectory(options.StateFolder).FullName, "router")) losses.Add(LossReason.Refused, 1);
        var emend = EmendClient.Open(options, handler: breaking);
        emend.Start();
        emend.Decide(About("x"));
        await UntilAsync(() => breaking.Posts >= 2);
        await emend.DisposeAsync();
        Assert.Equal((1, 1), (emend.Counts.Recorded, emend.Counts.Waiting));
        breaking.Dispose();
    }

    [Fact]
    public async Task keeps_count_at_every_moment_of_what_it_recorded_sent_holds_and_lost()
    {
        await using var world = await OpenAsync();
        var server = new FakeServer(world.Engine) { LoseAnswers = 5, Refuses = static line => line.Contains("\"d-13\"", StringComparison.Ordinal) };
        await using var emend = world.Client(server, with: static options =>
        {
            options.QueuedDecisions = 64;
            options.BatchSize = 16;
        });
        emend.Start();
        using var over = new CancellationTokenSource();
        var watcher = Task.Run(() =>
        {
            var looks = 0;
            while (!over.IsCancellationRequested)
            {
                var counts = emend.Counts;
                Assert.Equal(counts.Recorded, counts.Sent + counts.Waiting + counts.Dropped);
                looks++;
            }
            return looks;
        });
        await Task.WhenAll(Enumerable.Range(0, 3).Select(thread => Task.Run(async () =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                emend.Decide(About("x", id: i == 13 && thread == 0 ? "d-13" : $"d-{thread}-{i}"));
                if (i % 500 == 0) server.IsDown = !server.IsDown;
                if (i % 100 == 0) await emend.CorrectAsync(new() { DecisionId = $"d-{thread}-{i}", Verdict = CorrectionVerdict.Reject, By = "rosa" });
            }
        })));
        server.IsDown = false;
        await emend.DrainAsync(Patience);
        await over.CancelAsync();

        Assert.True(await watcher > 0);
        var end = emend.Counts;
        Assert.Equal(6_060, end.Recorded);
        Assert.Equal(end.Sent, server.Counted.Keys.Count(static key => !key.Contains("servings", StringComparison.Ordinal)));
        Assert.Equal((0, 0), (end.Waiting, emend.WaitingByPlace));
        Assert.All(end.Losses.Keys, static why => Assert.True(why is LossReason.QueueFull or LossReason.Refused));
    }

    [Fact]
    public async Task gives_up_a_stream_that_says_nothing_and_asks_instead()
    {
        await using var world = await OpenAsync();
        var server = new FakeServer(world.Engine) { IsStalled = true };
        await using var emend = world.Client(server, with: static options => options.SilenceLimit = TimeSpan.FromMilliseconds(50));
        emend.Start();
        await emend.WaitForLogicAsync(Patience);
        Assert.True(server.Streams >= 2);
        var digest = await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        await UntilAsync(() => emend.ServedBundle == digest);
    }

    [Fact]
    public async Task asks_in_long_polls_where_streams_do_not_get_through()
    {
        await using var world = await OpenAsync();
        await using var emend = world.Client(new(world.Engine) { HasStreams = false });
        emend.Start();
        await emend.WaitForLogicAsync(Patience);
        var digest = await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        await UntilAsync(() => emend.ServedBundle == digest);
        await world.Walk.KillAsync(on: true);
        await UntilAsync(() => emend.Decide(About("x")).Fallback == Fallback.Killed);
    }

    [Fact]
    public async Task records_a_share_of_decisions_with_its_probability_and_every_one_that_was_corrected()
    {
        await using var world = await OpenAsync();
        var server = new FakeServer(world.Engine);
        await using var emend = world.Client(server, with: static options => options.RecordedShare = 0.25);
        for (var i = 0; i < 2_000; i++) emend.Decide(About("x", id: $"d-{i}"));
        for (var i = 0; i < 2_000; i += 100) await emend.CorrectAsync(new() { DecisionId = $"d-{i}", Verdict = CorrectionVerdict.Reject, By = "rosa" });
        emend.Start();
        await emend.DrainAsync(Patience);

        var decided = server.Lines.Keys.Where(static key => key.StartsWith("/v1/decisions#", StringComparison.Ordinal)).Select(static key => key[14..]).ToHashSet(StringComparer.Ordinal);
        var drawn = Enumerable.Range(0, 2_000).Select(static i => $"d-{i}").Where(static id => Assignment.Bucket("recorded", id) < 1UL << 30).ToList();
        Assert.InRange(drawn.Count, 420, 580);
        Assert.Equal(drawn.Concat(Enumerable.Range(0, 20).Select(static i => $"d-{i * 100}")).Distinct().Order(StringComparer.Ordinal), decided.Order(StringComparer.Ordinal));
        Assert.All(decided, id => Assert.Contains("\"inclusion\":0.25", server.Lines["/v1/servings#" + id], StringComparison.Ordinal));
    }

    private sealed class BreaksWhenCancelled : HttpMessageHandler
    {
        /// <summary>Requests that carry something.</summary>
        public int Posts;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = cancellationToken.Register(() => cancelled.TrySetResult());
            if (request.Method == HttpMethod.Post) Interlocked.Increment(ref Posts);
            await cancelled.Task;
            throw new IOException("connection reset");
        }
    }

    private static long Entries(LiveWorld world, string type) => world.Engine.Store.Entries().Where(entry => entry.Type == type).Sum(static entry => (long)entry.Records.Length);
}
