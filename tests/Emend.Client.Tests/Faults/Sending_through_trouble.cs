using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Emend.Client.Capturing;
using Emend.TestKit;
using static Emend.Client.Tests.LiveWorld;
using static Emend.Client.Tests.World;

namespace Emend.Client.Tests.Faults;

public class Sending_through_trouble
{
    [Fact]
    public async Task loses_nothing_and_counts_nothing_twice_whatever_happens_to_its_requests()
    {
        await using var world = await OpenAsync();
        var random = Seed.Next();
        var kinds = Enum.GetValues<Trouble>();
        var left = 150;
        var gate = new Lock();
        var server = new FakeServer(world.Engine) { Refuses = static line => line.Contains("\"d-7\"", StringComparison.Ordinal) };
        using var troubled = new Troubled(server, () =>
        {
            lock (gate) return left-- > 0 ? kinds[random.Next(kinds.Length)] : Trouble.None;
        });
        await using var emend = EmendClient.Open(Options(world), handler: troubled);
        emend.Start();
        for (var i = 0; i < 400; i++)
        {
            emend.Decide(About("x", id: $"d-{i}"));
            if (i % 10 == 0) await emend.CorrectAsync(new() { DecisionId = $"d-{i}", Verdict = CorrectionVerdict.Reject, By = "rosa", IdempotencyKey = $"k-{i}" });
            if (i % 25 == 0) Assert.True(emend.Report(new() { DecisionId = $"d-{i}", Metric = "reopened", Value = 1 }));
        }
        await emend.DrainAsync(Patience);
        await UntilAsync(() => emend.ReportedLosses == emend.Counts.Dropped);

        var counts = emend.Counts;
        Assert.Equal((456, 456, 0, 0), (counts.Recorded, counts.Sent + counts.Dropped, counts.Waiting, emend.WaitingByPlace));
        Assert.Equal([LossReason.Refused], counts.Losses.Keys);
        Assert.Equal(counts.Sent, server.Counted.Keys.Count(static key => !key.Contains("servings", StringComparison.Ordinal)));
        Assert.All(server.Counted.Values, static times => Assert.Equal(1, times));
        Assert.Contains($"\"refused\":{counts.Dropped}", server.Losses.Last(), StringComparison.Ordinal);
        Assert.True(troubled.Met.Distinct().Count() > 5, string.Join(' ', troubled.Met));
    }

    [Theory]
    [InlineData(Trouble.TooMany, 45, 45)]
    [InlineData(Trouble.Overloaded, 300, 300)]
    [InlineData(Trouble.Overloaded, 86_400, 600)]
    public async Task leaves_a_server_alone_for_as_long_as_it_asks_up_to_ten_minutes(Trouble trouble, int asked, int waited)
    {
        await using var world = await OpenAsync();
        foreach (var retryAfter in new[] { new RetryConditionHeaderValue(TimeSpan.FromSeconds(asked)), new RetryConditionHeaderValue(HurriedClock.Noon.AddSeconds(asked)) })
        {
            var clock = new HurriedClock();
            var left = 1;
            using var troubled = new Troubled(new FakeServer(world.Engine), () => Interlocked.Decrement(ref left) >= 0 ? trouble : Trouble.None) { RetryAfter = retryAfter };
            await using var emend = EmendClient.Open(Options(world), clock: clock, handler: troubled);
            emend.Decide(About("x"));
            emend.Start();
            await emend.DrainAsync(Patience);
            Assert.Equal((1, 1), (emend.Counts.Sent, troubled.Met.Count));
            Assert.Contains(TimeSpan.FromSeconds(waited), clock.Waited);
        }
    }

    [Fact]
    public async Task decides_and_keeps_while_the_server_does_not_answer_and_sends_when_it_does()
    {
        await using var world = await OpenAsync();
        var isStalled = true;
        using var troubled = new Troubled(new FakeServer(world.Engine), () => Volatile.Read(ref isStalled) ? Trouble.Stalled : Trouble.None);
        await using var emend = EmendClient.Open(Options(world), handler: troubled);
        emend.Start();
        for (var i = 0; i < 200; i++) emend.Decide(About("x"));
        var receipt = await emend.CorrectAsync(new() { DecisionId = "d", Verdict = CorrectionVerdict.Reject, By = "rosa" });
        await UntilAsync(() => troubled.Met.Count > 2);
        Assert.Equal((true, 201, 0), (receipt.IsRecorded, emend.Counts.Waiting, emend.Counts.Dropped));
        Volatile.Write(ref isStalled, false);
        await emend.DrainAsync(Patience);
        Assert.Equal((201, 201), (emend.Counts.Recorded, emend.Counts.Sent));
    }

    [Fact]
    public async Task names_every_decision_differently_while_its_clock_jumps_and_loses_none()
    {
        await using var world = await OpenAsync();
        var clock = new ManualClock();
        var server = new FakeServer(world.Engine);
        await using var emend = world.Client(server, clock: clock);
        emend.Start();
        var random = Seed.Next();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 500; i++)
        {
            clock.Move(TimeSpan.FromMinutes(random.Next(-1_440, 1_441)));
            Assert.True(ids.Add(emend.Decide(About("x")).Id.ToString()));
        }
        await emend.DrainAsync(Patience);
        Assert.Equal((500, 500, 0), (emend.Counts.Recorded, emend.Counts.Sent, emend.Counts.Dropped));
        Assert.Equal(ids.Order(StringComparer.Ordinal), server.Counted.Keys.Where(static key => key.StartsWith("/v1/decisions#", StringComparison.Ordinal)).Select(static key => key[14..]).Order(StringComparer.Ordinal));
    }

    private static EmendClientOptions Options(World world)
    {
        var options = world.Options(server: new Uri("http://127.0.0.1:1"));
        options.BatchSize = 20;
        options.RequestTimeout = TimeSpan.FromMilliseconds(300); // how long a stalled request is waited for
        return options;
    }

    /// <summary>A clock on which no wait lasts; it says afterwards how long each would have.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        public static readonly DateTimeOffset Noon = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

        public ConcurrentBag<TimeSpan> Waited { get; } = [];

        public override DateTimeOffset GetUtcNow() => Noon;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waited.Add(dueTime);
            // What limits a request stays long; what waits for the next one is over at once.
            return base.CreateTimer(callback, state, dueTime == TimeSpan.FromMilliseconds(300) || dueTime < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(1), period);
        }
    }
}
