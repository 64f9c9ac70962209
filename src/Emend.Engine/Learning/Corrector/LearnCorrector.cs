using Emend.Engine.Evaluating.Statistics;
using Emend.Logic.Corrector;

namespace Emend.Engine.Learning.Corrector;

/// <summary>A threshold and its certificate.</summary>
internal sealed record Certified(double Threshold, CorrectorCertificate Certificate);

/// <summary>
/// From cases to a corrector that may act: train in time order, certify a threshold on randomly reviewed cases, switch off where it does
/// harm, make it small. Remembers what it trained on, so that building again with more cases costs only those.
/// </summary>
internal sealed class LearnCorrector(LearnerOptions options)
{
    // Chances of a fix against a break. Below four fixes for a break nothing is overridden, however well certified: a break costs trust.
    private static readonly double[] s_thresholds = [0.98, 0.97, 0.96, 0.95, 0.94, 0.93, 0.92, 0.91, 0.9, 0.89, 0.88, 0.87, 0.86, 0.85, 0.84, 0.83, 0.82, 0.81, 0.8];
    private const double Middle = 0.85;

    private CorrectorTraining _training = new();

    /// <summary>Learns.</summary>
    public (string? Json, CorrectorReport Report) From(LearningCase[] inTime, LearningInput input, IReadOnlyCollection<string> neverRight, CancellationToken cancel)
    {
        if (!_training.IsBeginningOf(inTime)) _training = new();
        for (var i = _training.Count; i < inTime.Length; i++)
        {
            if (i % 64 == 0) cancel.ThrowIfCancellationRequested();
            _training.Take(inTime[i]);
        }
        // What was suspended for harm is not licensed again by what licensed it before.
        var audited = _training.Scored.Where(s => s.Propensity is not null && s.At > (input.CorrectorStoppedAt ?? long.MinValue)).ToList();
        var delta = DeltaOf(input.Certificate);
        var certified = Certify(audited, delta);
        var off = certified is null ? [] : HarmfulSlices(audited, certified.Threshold);
        var report = Report(audited, certified, off, delta) with { Number = input.Certificate, OnlySince = input.CorrectorStoppedAt };
        // What can never act is not served: nobody carries it.
        if (certified is null && neverRight.Count == 0 || _training.Answers.Answers.Count == 0) return (null, report);
        var model = CorrectorExport.Model(_training, certified, slice => off.Contains(slice), input.Agent.Knows, neverRight);
        return (CorrectorJson.Write(model), report);
    }

    /// <summary>Error level of the v-th certificate: the sum over all v is the level of the whole (1 + 1/4 + 1/9 + ... = pi^2/6).</summary>
    private double DeltaOf(int? number)
    {
        var all = 1 - options.Confidence;
        return number is { } v ? all * 6 / (Math.PI * Math.PI * v * v) : all;
    }

    private Certified? Certify(List<ScoredOverride> audited, double delta)
    {
        AuditedScore[] cases = [.. audited.Where(static s => s.Result != OverrideResult.Wasted).Select(static s => new AuditedScore(s.Chance, s.Result == OverrideResult.Break, s.Propensity!.Value))];
        var alpha = options.MaxBreakShare;
        if (LearnThenTest.WalkFromMiddle(s_thresholds, Middle, cases, alpha, delta) is not { } licensed) return null;
        var acting = audited.Where(s => s.Chance >= licensed.Threshold).ToList();
        return new(licensed.Threshold, new(alpha, delta, licensed.Cases, licensed.Losses, acting.Count - licensed.Cases, acting.Min(static s => s.At), acting.Max(static s => s.At)));
    }

    // Clear harm in one slice, whatever the whole does: the exact lower bound on its share of breaks is beyond what is tolerated.
    private HashSet<string> HarmfulSlices(List<ScoredOverride> audited, double threshold) =>
    [
        .. audited.Where(s => s.Chance >= threshold && s.Result != OverrideResult.Wasted)
            .SelectMany(static s => new[] { (Slice: "proposed " + s.Proposed, s.Result), (Slice: "action " + s.Answer, s.Result) })
            .GroupBy(static s => s.Slice, StringComparer.Ordinal)
            .Where(slice => ClopperPearson.Lower(slice.Count(static s => s.Result == OverrideResult.Break), slice.Count()) > options.MaxBreakShare)
            .Select(static slice => slice.Key),
    ];

    private CorrectorReport Report(List<ScoredOverride> audited, Certified? certified, HashSet<string> off, double delta)
    {
        var floor = s_thresholds[^1];
        var (fixes, breaks) = (audited.Count(s => s.Chance >= floor && s.Result == OverrideResult.Fix), audited.Count(s => s.Chance >= floor && s.Result == OverrideResult.Break));
        return new()
        {
            Trained = _training.Count,
            Audited = _training.Drawn.Reviewed,
            Threshold = certified?.Threshold,
            Certificate = certified?.Certificate,
            Steps = [.. s_thresholds.Select(t => Step(audited, t))],
            Off = [.. off.Order(StringComparer.Ordinal)],
            MissingAudits = certified is null ? Missing(fixes, breaks, delta) : null,
        };
    }

    private static CorrectorStep Step(List<ScoredOverride> audited, double threshold)
    {
        var (fixes, breaks, wasted) = (0, 0, 0);
        foreach (var one in audited)
        {
            if (one.Chance < threshold) continue;
            if (one.Result == OverrideResult.Fix) fixes++;
            else if (one.Result == OverrideResult.Break) breaks++;
            else wasted++;
        }
        return new(threshold, fixes, breaks, wasted);
    }

    // At the rate seen so far: how many randomly reviewed decisions until enough overrides were among them, if none of the new ones were a break.
    private long? Missing(int fixes, int breaks, double level)
    {
        var (alpha, delta) = (options.MaxBreakShare, level / 2);
        var changed = fixes + breaks;
        var more = ClopperPearson.MoreWithoutHit(breaks, changed, alpha, delta);
        var reviewed = _training.Drawn.Reviewed;
        // One in ten where nothing was seen yet: of a few hundred reviews some are mistakes that repeat.
        var rate = reviewed == 0 ? 0.1 : Math.Clamp((changed + 1.0) / (reviewed + 10), 0.001, 1);
        return (long)Math.Ceiling(more / rate);
    }
}
