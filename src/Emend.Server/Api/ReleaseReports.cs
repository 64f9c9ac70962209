using Emend.Contracts.Releasing;
using Emend.Engine.Observing;
using Emend.Engine.Releasing;

namespace Emend.Server.Api;

/// <summary>The statistics of a release on the wire.</summary>
internal static class ReleaseReports
{
    /// <summary>The view of a report.</summary>
    public static ReleaseReportView View(string agent, ReleaseReport report)
    {
        var (release, evidence) = (report.Release, report.Evidence);
        return new(agent, release.Id, release.Candidate, release.Share.BasisPoints, Word(report.Standing), report.RollbackLine, report.PromotionLine, evidence.DecisionsAtStep,
            [Arm("candidate", evidence.Canary), Arm("stable", evidence.Stable)],
            new(evidence.Units.InCanary, evidence.Units.Expected, Finite(Math.Exp(evidence.Units.HighestLog)) ?? double.MaxValue, evidence.Units.IsBroken),
            [.. report.Metrics.Select(Metric)], [.. evidence.Tripwires.Select(static one => new TripwireView(one.Wire.Metric.ToString(), one.Touched, one.Wire.Count))])
        {
            Replaces = release.Replaces,
            Code = report.Code,
            Why = report.Why,
        };
    }

    private static ArmView Arm(string name, ArmCounts counts) => new(name, counts.Units, counts.Decisions, counts.Judged, counts.Bad);

    private static MetricView Metric(MetricReport metric) => new(metric.Name, metric.Use, metric.IsMean ? "means" : "bad-outcomes", metric.Canary, metric.Stable, metric.Units, metric.IsShown)
    {
        From = Finite(metric.Interval.Lower),
        To = Finite(metric.Interval.Upper),
        Against = metric.Against is { } against ? Finite(against) ?? double.MaxValue : null,
        For = metric.For is { } @for ? Finite(@for) ?? double.MaxValue : null,
    };

    // JSON has no infinity: a bound that is not known is left out.
    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static string Word(ReleaseStanding standing) => standing switch
    {
        ReleaseStanding.MayAdvance => "may-advance",
        ReleaseStanding.Hold => "hold",
        ReleaseStanding.TakeBack => "take-back",
        _ => "gathering",
    };
}
