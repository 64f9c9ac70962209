using Emend.Engine.Evaluating.Statistics;

namespace Emend.Engine.Releasing;

/// <summary>What is known of one metric of a release so far. Of each unit the first bad outcome, or the first value, counts.</summary>
internal sealed class MetricEvidence
{
    private readonly EmpiricalBernstein? _canary, _stable;

    public MetricEvidence(WatchedMetric metric, ReleasePolicy policy)
    {
        Metric = metric;
        Promotion = new(policy.Margin);
        if (!metric.IsExact) return;
        // Two arms: each takes half of what one may be wrong by.
        var alpha = Math.Min(policy.RollbackAlpha / policy.GuardCount, policy.PromotionAlpha) / 2;
        (_canary, _stable) = (new(alpha), new(alpha));
    }

    /// <summary>The metric.</summary>
    public WatchedMetric Metric { get; }

    /// <summary>Of a metric that counts bad outcomes: evidence that they are more frequent in the canary.</summary>
    public EProcess.Rollback Rollback { get; } = new();

    /// <summary>Of a metric that counts bad outcomes: evidence that they are not more frequent by the margin.</summary>
    public EProcess.Promotion Promotion { get; }

    /// <summary>Of a metric that counts bad outcomes: how many times as frequent they are in the canary.</summary>
    public RelativeRisk Risk { get; } = new();

    /// <summary>Of a mean: how the arms differ, on the scale 0 to 1 of its bounds.</summary>
    public MeanDifference Difference { get; } = new();

    /// <summary>Units of which it is known.</summary>
    public long Units => Metric.IsMean ? Difference.Count : Rollback.Events;

    /// <summary>Takes a unit's first bad outcome in.</summary>
    public void AddBad(BadEvent bad)
    {
        Rollback.Add(bad);
        Promotion.Add(bad);
        Risk.Add(bad);
    }

    /// <summary>Takes a unit's first value in.</summary>
    public void AddValue(bool inCanary, double share, double value)
    {
        var scaled = Metric.Scaled(value);
        Difference.Add(inCanary, share, scaled);
        (inCanary ? _canary : _stable)?.Add(scaled);
    }

    /// <summary>Interval for the mean of the canary less that of the stable arm, in the metric's unit.</summary>
    /// <param name="alpha">Probability that it ever misses; exact intervals have the policy's strictest.</param>
    public Interval DifferenceAt(double alpha)
    {
        var scaled = _canary is null ? Difference.TwoSided(alpha) : new(_canary.Lower - _stable!.Upper, _canary.Upper - _stable.Lower);
        var unit = Metric.High - Metric.Low;
        return new(scaled.Lower * unit, scaled.Upper * unit);
    }

    /// <summary>Whether it takes the candidate back.</summary>
    public bool Demands(ReleasePolicy policy) =>
        Metric.IsMean ? Worst(DifferenceAt(policy.RollbackAlpha / policy.GuardCount)) is var (least, _) && least > 0 : Rollback.Demands(policy.RollbackAlpha, policy.GuardCount);

    /// <summary>Whether it is enough not to widen.</summary>
    public bool IsAlarming(ReleasePolicy policy) =>
        Metric.IsMean ? Worst(DifferenceAt(Math.Sqrt(policy.RollbackAlpha))) is var (least, _) && least > 0 : Rollback.IsAlarming(policy.RollbackAlpha);

    /// <summary>Whether the candidate is shown to do no worse, up to the margin.</summary>
    public bool Allows(ReleasePolicy policy) =>
        Metric.IsMean ? Worst(DifferenceAt(policy.PromotionAlpha)) is var (_, most) && most < Metric.Margin : Promotion.Allows(policy.PromotionAlpha);

    /// <summary>Whether the candidate is shown to do better; the probability of being wrong is shared by all success metrics.</summary>
    public bool IsBetter(ReleasePolicy policy) =>
        Metric.IsMean && Worst(DifferenceAt(policy.PromotionAlpha / policy.Success.Length)) is var (_, most) && most < 0;

    // How much worse the candidate is at least and at most.
    private (double Least, double Most) Worst(Interval difference) => Metric.IsHighBad ? (difference.Lower, difference.Upper) : (-difference.Upper, -difference.Lower);
}
