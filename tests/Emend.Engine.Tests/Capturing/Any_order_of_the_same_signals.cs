using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.TestKit;
using static Emend.Engine.Tests.Capturing.Desk;

namespace Emend.Engine.Tests.Capturing;

/// <summary>State is a function of the set of accepted signals (I3): order, duplication, batching and restarts leave no trace in it.</summary>
public class Any_order_of_the_same_signals
{
    private static readonly string[] People = ["ann", "bo", "cy"];
    private static readonly string[] Actions = ["billing", "cards", "fraud"];
    private static readonly string[] Args = ["{}", "{}", """{"n":1}""", """{"n":2}"""];

    [Fact]
    public async Task Gives_the_same_state_and_the_same_learning_cases()
    {
        const int cases = 1_000;
        var seed = Environment.TickCount;
        var clock = new ManualClock();
        await using var one = new MemoryStore(clock, 1);
        await using var other = new MemoryStore(clock, 2);
        for (var n = 0; n < cases; n++)
        {
            var random = new Random(seed + n);
            var signals = Signals(random);
            var expected = await PlayAsync(one, clock, signals, new Random(0), maxBatch: 1);
            var shuffled = Shuffled(signals, random);
            var actual = await PlayAsync(other, clock, shuffled, random, maxBatch: 5);
            Assert.True(expected == actual, $"seed {seed + n}:\n{expected}\n--- is not ---\n{actual}");
            if (n % 10 == 0)
            {
                other.Rebuild();
                Assert.True(expected.StartsWith(other.Digest(), StringComparison.Ordinal), $"seed {seed + n}: a rebuild gives another state");
            }
        }
    }

    [Fact]
    public async Task Gives_another_state_when_a_signal_is_missing()
    {
        // The digest must be able to tell: the property above is worth nothing if it cannot.
        var clock = new ManualClock();
        await using var store = new MemoryStore(clock);
        var signals = Signals(new Random(7));
        var whole = await PlayAsync(store, clock, signals, new Random(0), 1);
        for (var i = 0; i < signals.Count; i++)
        {
            var left = signals.Where((_, at) => at != i).ToList();
            var fewer = left.FindAll(s => s is not Withdrawal w || left.OfType<Correction>().Any(c => c.Id == w.Id));
            Assert.NotEqual(whole, await PlayAsync(store, clock, fewer, new Random(0), 1));
        }
    }

    private sealed record Withdrawal(string Id);

    private static List<object> Signals(Random random)
    {
        var signals = new List<object>();
        var decisions = random.Next(1, 5);
        for (var d = 0; d < decisions; d++)
        {
            var id = "d-" + d;
            signals.Add(Decision(id, Actions[random.Next(3)], Args[random.Next(4)], Noon + random.Next(3)));
            for (var c = random.Next(5); c > 0; c--)
            {
                var verdict = (CorrectionVerdict)random.Next(4);
                var key = random.Next(2) == 0 ? null : $"k-{d}-{c}";
                var modify = verdict == CorrectionVerdict.Modify;
                var correction = Correction(id, modify ? Actions[random.Next(3)] : null, People[random.Next(3)], Noon + 10 + random.Next(3), verdict, key, modify ? Args[random.Next(4)] : "{}", random.Next(3) == 0 ? "because" : null);
                if (signals.OfType<Correction>().Any(known => known.Id == correction.Id)) continue;
                signals.Add(correction);
                if (random.Next(4) == 0) signals.Add(new Withdrawal(correction.Id));
            }
            for (var o = random.Next(3); o > 0; o--) signals.Add(Truth(id, Actions[o], Noon + 100 + o));
        }
        return signals;
    }

    // Shuffled, some of them twice; a withdrawal still follows its correction, since before that it would be refused.
    private static List<object> Shuffled(List<object> signals, Random random)
    {
        var twice = signals.Concat(signals.Where(_ => random.Next(3) == 0)).ToArray();
        random.Shuffle(twice);
        var order = twice.ToList();
        foreach (var withdrawal in order.OfType<Withdrawal>().Distinct().ToList())
        {
            order.RemoveAll(s => s is Withdrawal w && w == withdrawal);
            var first = order.FindIndex(s => s is Correction c && c.Id == withdrawal.Id);
            order.Insert(random.Next(first + 1, order.Count + 1), withdrawal);
        }
        return order;
    }

    private static async Task<string> PlayAsync(MemoryStore store, ManualClock clock, List<object> signals, Random random, int maxBatch)
    {
        store.Clear();
        var desk = await new Desk(store, clock).WithAgentAsync();
        for (var at = 0; at < signals.Count;)
        {
            var kind = signals[at].GetType();
            var batch = signals.Skip(at).Take(random.Next(1, maxBatch + 1)).TakeWhile(s => s.GetType() == kind).ToList();
            at += batch.Count;
            clock.Move(TimeSpan.FromSeconds(random.Next(100)));
            switch (batch[0])
            {
                case Withdrawal withdrawal:
                    at += 1 - batch.Count;
                    Assert.IsType<Answer<CorrectionFacts>.Granted>(await desk.WithdrawAsync(withdrawal.Id));
                    break;
                case Engine.Normalizing.Decision: Took(await desk.AcceptAsync([.. batch.Cast<Decision>()])); break;
                case Engine.Normalizing.Correction: Took(await desk.AcceptAsync([.. batch.Cast<Correction>()])); break;
                default: Took(await desk.AcceptAsync([.. batch.Cast<Outcome>()])); break;
            }
        }
        return store.Digest() + "\n" + string.Join('\n', desk.Cases());
    }

    private static void Took(Acceptance[] results) =>
        Assert.All(results, static r => Assert.Contains(r.Kind, new[] { AcceptanceKind.Accepted, AcceptanceKind.Parked, AcceptanceKind.Duplicate }));
}
