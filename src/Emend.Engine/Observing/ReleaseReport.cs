using System.Collections.Immutable;
using Emend.Engine.Evaluating.Statistics;
using Emend.Engine.Releasing;

namespace Emend.Engine.Observing;

/// <summary>Which way a release points at a look: the three values of its state machine, and what follows by rule.</summary>
internal enum ReleaseStanding : byte
{
    /// <summary>Nothing is shown yet: it stays and gathers.</summary>
    Gathering,
    /// <summary>It may go to its next step, or to everybody.</summary>
    MayAdvance,
    /// <summary>There is no basis to go on: it stays until a person has looked.</summary>
    Hold,
    /// <summary>It does harm: it is taken back.</summary>
    TakeBack,
}

/// <summary>How one metric of a release stands.</summary>
/// <param name="Name">Name of the metric.</param>
/// <param name="Use"><c>guard</c> or <c>success</c>.</param>
/// <param name="IsMean">Whether means are compared; else how often it is bad.</param>
/// <param name="Canary">In the canary: units with a bad outcome, or the mean.</param>
/// <param name="Stable">In the stable arm.</param>
/// <param name="Units">Units of which it is known.</param>
/// <param name="Interval">At every look: for a mean the canary's less the stable arm's, else the relative risk.</param>
/// <param name="Against">Evidence that the candidate does worse; null for means.</param>
/// <param name="For">Evidence that it does not, by the margin; null for means.</param>
/// <param name="IsShown">Whether it is shown what the last step asks for.</param>
internal sealed record MetricReport(string Name, string Use, bool IsMean, double Canary, double Stable, long Units, Interval Interval, double? Against, double? For, bool IsShown);

/// <summary>A release as its statistics see it: what <c>emend release show</c> prints.</summary>
internal sealed record ReleaseReport
{
    /// <summary>The release.</summary>
    public required Release Release { get; init; }
    /// <summary>What it is judged by.</summary>
    public required ReleaseEvidence Evidence { get; init; }
    /// <summary>Its policy, with every metric that was looked at.</summary>
    public required ReleasePolicy Policy { get; init; }
    /// <summary>Which way it points.</summary>
    public required ReleaseStanding Standing { get; init; }
    /// <summary>Code of the reason; null when it may advance.</summary>
    public string? Code { get; init; }
    /// <summary>The reason in a sentence; null when it may advance.</summary>
    public string? Why { get; init; }
    /// <summary>Evidence at which it is taken back.</summary>
    public double RollbackLine => Policy.GuardCount / Policy.RollbackAlpha;
    /// <summary>Evidence that the last step asks of every guard metric.</summary>
    public double PromotionLine => 1 / Policy.PromotionAlpha;
    /// <summary>The metrics, <c>wrong</c> first.</summary>
    public required ImmutableArray<MetricReport> Metrics { get; init; }

    /// <summary>Makes the report. Pure.</summary>
    /// <param name="board">The agent's board, with the release under way on it.</param>
    /// <param name="evidence">What is known of that release.</param>
    /// <param name="now">Now, microseconds since 1970 UTC.</param>
    public static ReleaseReport Of(AgentBoard board, ReleaseEvidence evidence, long now)
    {
        var release = board.Current ?? throw new ArgumentException("no release is under way", nameof(board));
        var policy = evidence.Watched(release.Policy);
        // Asked as a policy would: without anybody who could answer for what is not shown.
        var why = (AdvanceRelease.Decide(new(board, null), evidence, new(board.Agent, WithoutProof: false, WatchReleases.Watch), "", now) as Answer<ReleaseAdvanced>.Refused)?.Why;
        if (evidence.TakesBack(policy) is { } harm) why = new GuardIsRed(harm);
        return new()
        {
            Release = release,
            Evidence = evidence,
            Policy = policy,
            Standing = why switch
            {
                null => ReleaseStanding.MayAdvance,
                GuardIsRed => ReleaseStanding.TakeBack,
                IHoldReason or ReleaseIsPaused or KillSwitchIsOn => ReleaseStanding.Hold,
                _ => ReleaseStanding.Gathering,
            },
            Code = why?.Code,
            Why = why?.Message,
            Metrics =
            [
                new(WatchedMetric.WrongName, "guard", IsMean: false, evidence.Canary.Bad, evidence.Stable.Bad, evidence.Canary.Judged + evidence.Stable.Judged,
                    evidence.Risk.Within(policy.RollbackAlpha), Math.Exp(evidence.Rollback.HighestLog), Math.Exp(evidence.Promotion.HighestLog), evidence.Promotion.Allows(policy.PromotionAlpha)),
                .. evidence.Guards.Select(guard => Of(guard, "guard", policy, guard.Allows(policy))),
                .. evidence.Success.Select(metric => Of(metric, "success", policy, metric.IsBetter(policy))),
            ],
        };
    }

    private static MetricReport Of(MetricEvidence metric, string use, ReleasePolicy policy, bool isShown)
    {
        if (!metric.Metric.IsMean)
            return new(metric.Metric.Name, use, IsMean: false, metric.Rollback.InCanary, metric.Rollback.Events - metric.Rollback.InCanary, metric.Units, metric.Risk.Within(policy.RollbackAlpha),
                Math.Exp(metric.Rollback.HighestLog), Math.Exp(metric.Promotion.HighestLog), isShown);
        var (low, unit) = (metric.Metric.Low, metric.Metric.High - metric.Metric.Low);
        return new(metric.Metric.Name, use, IsMean: true, low + unit * metric.Difference.Canary.Mean, low + unit * metric.Difference.Stable.Mean, metric.Units,
            metric.DifferenceAt(policy.PromotionAlpha), null, null, isShown);
    }
}
