using Emend.Engine.Evaluating.Statistics;

namespace Emend.TestKit;

/// <summary>A stream of decisions under a release, one unit each, some of which go badly: the world in which release statistics are tried.</summary>
internal sealed record CanaryWorld
{
    /// <summary>Probability of a bad outcome in the stable arm.</summary>
    public double BaseRate { get; init; } = 0.02;

    /// <summary>How many times as likely it is in the canary.</summary>
    public double Risk { get; init; } = 1;

    /// <summary>The canary's share when a decision is made.</summary>
    public Func<int, double> Share { get; init; } = static _ => 0.1;

    /// <summary>What the base rate is multiplied with when a decision is made, at most <see cref="MaxDrift"/>; it hits both arms.</summary>
    public Func<int, double> Drift { get; init; } = static _ => 1;

    /// <summary>Largest value of <see cref="Drift"/>.</summary>
    public double MaxDrift { get; init; } = 1;

    /// <summary>Decisions until a bad outcome is known, whatever the arm: at most so many, evenly.</summary>
    public int Delay { get; init; }

    /// <summary>Decisions until nobody watches any more.</summary>
    public int Horizon { get; init; } = 40_000;

    /// <summary>The bad outcomes of one run, in the order in which they become known, with the decision at which that is.</summary>
    public List<(int At, BadEvent Bad)> Events(Chance chance)
    {
        var events = new List<(int At, BadEvent Bad)>();
        var most = Math.Min(1, BaseRate * MaxDrift * Math.Max(1, Risk));
        // From one possible event to the next: most decisions go well and need no thought.
        for (var i = (long)chance.Failures(most); i < Horizon; i += 1L + chance.Failures(most))
        {
            var share = Share((int)i);
            var isCanary = chance.Is(share);
            if (!chance.Is(BaseRate * Drift((int)i) * (isCanary ? Risk : 1) / most)) continue;
            var known = i + (Delay == 0 ? 0 : (long)(chance.Next() * Delay));
            if (known < Horizon) events.Add(((int)known, new(isCanary, share)));
        }
        if (Delay > 0) events.Sort(static (a, b) => a.At.CompareTo(b.At));
        return events;
    }

    /// <summary>Decisions until the e-process takes the candidate back; null when it never does.</summary>
    public int? UntilRollback(Chance chance, double alpha = 0.05, int metrics = 1)
    {
        var rollback = new EProcess.Rollback();
        foreach (var (at, bad) in Events(chance))
        {
            rollback.Add(bad);
            if (rollback.Demands(alpha, metrics)) return at + 1;
        }
        return null;
    }

    /// <summary>Decisions until the e-process lets the candidate through; null when it never does.</summary>
    public int? UntilPromotion(Chance chance, double alpha = 0.05, double margin = 0.25)
    {
        var promotion = new EProcess.Promotion(margin);
        foreach (var (at, bad) in Events(chance))
        {
            promotion.Add(bad);
            if (promotion.Allows(alpha)) return at + 1;
        }
        return null;
    }
}
