namespace Emend.Engine.Evaluating.Statistics;

/// <summary>One audited case for <see cref="LearnThenTest"/>.</summary>
/// <param name="Score">Acts at every threshold up to it.</param>
/// <param name="IsLoss">Whether acting does the harm that is bounded.</param>
/// <param name="Propensity">Probability with which the case was drawn for audit.</param>
internal readonly record struct AuditedScore(double Score, bool IsLoss, double Propensity = 1);

/// <summary>A threshold and what was counted at or above it.</summary>
/// <param name="Threshold">The threshold.</param>
/// <param name="Cases">Audited cases that act.</param>
/// <param name="Losses">Of them, harmful ones.</param>
internal sealed record LicensedThreshold(double Threshold, int Cases, int Losses);

/// <summary>
/// The lowest threshold at which the share of harm among what acts is at most alpha, with probability 1 - delta (Learn then Test, Angelopoulos et al.,
/// arXiv 2110.01052): thresholds are tested from the strictest down and the walk ends at the first that fails, so no correction for their number is needed.
/// </summary>
internal static class LearnThenTest
{
    private static ReadOnlySpan<double> Bets => [0.2, 0.5, 0.8, 0.95];

    /// <summary>Walks down from the first threshold with enough cases.</summary>
    /// <param name="thresholds">Strictest first, fixed before the cases were seen.</param>
    /// <param name="cases">Audited cases, disjoint from what the scores were learned from.</param>
    /// <param name="alpha">Tolerated share.</param>
    /// <param name="delta">Error level.</param>
    /// <param name="start">Cases at which the walk starts; counts only, so that where it starts says nothing of harm. Default 6/alpha.</param>
    public static LicensedThreshold? Walk(ReadOnlySpan<double> thresholds, ReadOnlySpan<AuditedScore> cases, double alpha, double delta, int? start = null)
    {
        var enough = start ?? (int)Math.Ceiling(6 / alpha);
        LicensedThreshold? last = null;
        foreach (var threshold in thresholds)
        {
            var (count, losses) = Count(cases, threshold);
            if (last is null && count < enough) continue;
            if (!Passes(cases, threshold, count, losses, alpha, delta)) break;
            last = new(threshold, count, losses);
        }
        return last;
    }

    /// <summary>
    /// Two walks of half the error level each: one from a threshold in the middle, which has the cases and fails only where scores mean little, and
    /// where that fails one from the strictest that could pass at all.
    /// </summary>
    public static LicensedThreshold? WalkFromMiddle(ReadOnlySpan<double> thresholds, double middle, ReadOnlySpan<AuditedScore> cases, double alpha, double delta)
    {
        var first = 0;
        while (first < thresholds.Length - 1 && thresholds[first] > middle) first++;
        return Walk(thresholds[first..], cases, alpha, delta / 2, 1) ?? Walk(thresholds, cases, alpha, delta / 2, WithoutLoss(alpha, delta / 2));
    }

    /// <summary>Cases without a single loss that certify alpha.</summary>
    public static int WithoutLoss(double alpha, double delta) => (int)Math.Ceiling(Math.Log(delta) / Math.Log(1 - alpha));

    private static (int Count, int Losses) Count(ReadOnlySpan<AuditedScore> cases, double threshold)
    {
        var (count, losses) = (0, 0);
        foreach (var one in cases)
        {
            if (one.Score < threshold) continue;
            count++;
            if (one.IsLoss) losses++;
        }
        return (count, losses);
    }

    private static bool Passes(ReadOnlySpan<AuditedScore> cases, double threshold, int count, int losses, double alpha, double delta)
    {
        if (count == losses) return false;
        var least = double.PositiveInfinity;
        var most = 0.0;
        foreach (var one in cases) (least, most) = (Math.Min(least, one.Propensity), Math.Max(most, one.Propensity));
        // Drawn with one probability: a plain binomial. With several: a bet against "the share is alpha or more" whose winnings prove the contrary.
        if (most - least < 1e-9) return losses == 0 ? count * Math.Log(1 - alpha) <= Math.Log(delta) : 1 - IncompleteBeta.Of(alpha, losses + 1, count - losses) <= delta;
        return Winnings(cases, threshold, alpha, least) >= 1 / delta;
    }

    // E_t of science: mean over stakes of prod (1 - g b Z), Z = (L - alpha)/pi, b = pi_min/(1 - alpha). A supermartingale whatever the propensities.
    private static double Winnings(ReadOnlySpan<AuditedScore> cases, double threshold, double alpha, double least)
    {
        double mean = 0;
        foreach (var stake in Bets)
        {
            double log = 0;
            foreach (var one in cases)
                if (one.Score >= threshold) log += Math.Log(1 - stake * least / (1 - alpha) * ((one.IsLoss ? 1 : 0) - alpha) / one.Propensity);
            mean += Math.Exp(log) / Bets.Length;
        }
        return mean;
    }
}
