using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;

namespace Emend.Engine.Tests.Simulation;

/// <summary>What a client knows of a signal it sent: its ledger.</summary>
internal enum Sent : byte
{
    /// <summary>Not acknowledged: never sent, or the answer was lost. It may be in the journal, once.</summary>
    Unknown,
    /// <summary>Acknowledged: it is in the journal, once, whatever happens from then on.</summary>
    Acknowledged,
}

/// <summary>A signal in a client's spool.</summary>
internal sealed class Spooled(object signal)
{
    public object Signal { get; set; } = signal;
    public Sent State { get; set; }
    public RecordAt At { get; set; }
    public int Tries { get; set; }

    /// <summary>What makes two records the same thing said once: more than the key, so that a lost key shows.</summary>
    public string Logical => Signal switch
    {
        Decision d => "d " + d.Id,
        Correction c => $"c {c.DecisionId} {c.At}",
        Outcome o => $"o {o.DecisionId} {o.Metric} {o.At}",
        _ => throw new InvalidOperationException(Signal.GetType().Name),
    };
}

/// <summary>Clients that produce signals, send them in any order, some twice, and again until they are acknowledged.</summary>
internal sealed class Spool(Random random, ManualClockMicroseconds clock)
{
    private static readonly string[] Submitters = ["rosa", "bo", "ines"];
    private readonly List<Spooled> _all = [];
    private int _decisions, _said;

    public IReadOnlyList<Spooled> All => _all;

    public IEnumerable<Decision> Decisions => _all.Select(static s => s.Signal).OfType<Decision>();

    /// <summary>A few decisions of an agent, and what people will say of some of them: perhaps before anybody sent the decision.</summary>
    public string Produce()
    {
        var count = random.Next(2, 9);
        for (var n = 0; n < count; n++)
        {
            var i = _decisions++;
            var right = i % 2 == 0 ? "b" : "c";
            var proposed = random.Next(5) < 2 ? "old" : right;
            var decision = new Decision
            {
                Id = $"d-{i:000}",
                OccurredAt = clock.Now + i,
                Agent = random.Next(4) == 0 ? "south" : "north",
                Context = Logic.Context.Of([new("topic", Logic.FeatureValue.Of(i % 2 == 0 ? "x" : "y")), new("vip", Logic.FeatureValue.Of(i % 5 == 0))], "route", $"secret-{i:000} of mine"),
                Proposed = new(proposed),
                Confidence = 0.5 + (i % 10 / 25.0),
                Subject = random.Next(5) == 0 ? null : $"cust-{random.Next(4)}",
            };
            _all.Add(new(decision));
            if (random.Next(3) > 0) Say(decision, right);
            if (random.Next(4) == 0) Say(decision, random.Next(6) == 0 ? "a" : right);
            if (random.Next(3) == 0) _all.Add(new(new Outcome { DecisionId = decision.Id, Metric = Outcome.Truth, Action = new(right), At = decision.OccurredAt + 50_000_000 }));
        }
        return $"{count} decisions";
    }

    /// <summary>Signals of one kind to send now: out of order, some that were acknowledged before.</summary>
    public List<Spooled> Next()
    {
        var kind = random.Next(3);
        var fitting = _all.Where(s => s.Signal switch { Decision => kind == 0, Correction => kind == 1, _ => kind == 2 }).Where(s => s.State == Sent.Unknown || random.Next(8) == 0).ToArray();
        random.Shuffle(fitting);
        var batch = fitting.Take(random.Next(1, 12)).ToList();
        if (batch.Count > 0 && random.Next(4) == 0) batch.Add(batch[random.Next(batch.Count)]);
        return batch;
    }

    private void Say(Decision decision, string action)
    {
        var said = _said++;
        var wrong = decision.Proposed.Label != action;
        _all.Add(new(CorrectionId.Sign(new()
        {
            Id = "",
            Key = random.Next(2) == 0 ? null : $"k-{said}",
            DecisionId = decision.Id,
            Verdict = wrong ? CorrectionVerdict.Modify : CorrectionVerdict.Confirm,
            Action = wrong ? new(action) : null,
            Comment = $"secret-{decision.Id[2..]} said {said}",
            By = Submitters[random.Next(3)],
            // A correction has a time of its own: with the decision it tells what was said from what was said again.
            At = decision.OccurredAt + 60_000_000 + said,
        })));
    }
}

/// <summary>The clock as signals see it.</summary>
internal sealed class ManualClockMicroseconds(TestKit.ManualClock clock)
{
    public long Now => Microseconds.Of(clock.Now);
}
