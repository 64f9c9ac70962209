using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Capturing;
using Emend.Engine.Evaluating.Statistics;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Engine.Storage;

namespace Emend.Engine.Observing;

/// <summary>Sets what became known of decisions against who was served what.</summary>
internal sealed class ReleaseAnalysis(IWorkspaceStore store)
{
    private sealed record Exposed(string Decision, Arm Arm, double Share, string Unit, string Proposed, string? Final, long ServedAt, double Inclusion)
    {
        public bool IsCanary => Arm == Arm.Canary;
        // In the shadow nobody is served the candidate, and at the last step there is no stable arm left to compare with.
        public bool IsCompared => Arm is Arm.Canary or Arm.Stable && Share is > 0 and < 1;
    }

    private readonly record struct Known(long At, string Decision, Exposed Exposed, double Value)
    {
        public static Comparer<Known> ByTime { get; } = Comparer<Known>.Create(static (a, b) =>
            a.At != b.At ? a.At.CompareTo(b.At) : string.CompareOrdinal(a.Decision, b.Decision));
    }

    /// <summary>
    /// Evidence on a release. Depends on the set of exposures and judgements only: of each unit the first bad outcome, or the first value
    /// of a mean, counts, and those are taken in the order in which they became known.
    /// </summary>
    /// <param name="release">The release.</param>
    /// <param name="judgements">What is known of its decisions, in any order.</param>
    /// <param name="guard">One more guard metric than its policy names; null: none.</param>
    public ReleaseEvidence Of(Release release, IEnumerable<Judgement> judgements, WatchedMetric? guard = null)
    {
        var policy = release.Policy.Watching(guard);
        var exposed = Load(release);
        var byDecision = exposed.ToDictionary(static one => one.Decision, StringComparer.Ordinal);
        var (wrong, judged, revealed) = (new FirstOfUnits(), new FirstOfUnits(), new FirstOfUnits());
        var judgedDecisions = new HashSet<string>(StringComparer.Ordinal);
        var metrics = new Dictionary<string, List<Known>>(StringComparer.Ordinal);
        foreach (var judgement in judgements)
        {
            if (!byDecision.TryGetValue(judgement.DecisionId, out var exposure) || exposure.Arm is Arm.Shadow or Arm.Holdback) continue;
            if (judgement.Metric is { } name)
            {
                if (!metrics.TryGetValue(name, out var values)) metrics.Add(name, values = []);
                values.Add(new(judgement.At, judgement.DecisionId, exposure, judgement.Value));
                // A decision is judged by any metric the release is watched by.
                if (exposure.IsCanary && policy.Guards.Concat(policy.Success).Any(metric => string.Equals(metric.Name, name, StringComparison.Ordinal))) judgedDecisions.Add(judgement.DecisionId);
                continue;
            }
            if (IsBad(judgement, exposure) is not { } isBad) continue;
            if (exposure.IsCanary) judgedDecisions.Add(judgement.DecisionId);
            var known = new Known(judgement.At, judgement.DecisionId, exposure, isBad ? 0 : 1);
            judged.Take(known);
            if (judgement.IsRevealed) revealed.Take(known);
            if (isBad) wrong.Take(known);
        }

        var (rollback, promotion, risk) = (new EProcess.Rollback(), new EProcess.Promotion(policy.Margin), new RelativeRisk());
        foreach (var bad in wrong.InTime().Where(static bad => bad.Exposed.IsCompared))
        {
            var first = new BadEvent(bad.Exposed.IsCanary, bad.Exposed.Share);
            rollback.Add(first);
            promotion.Add(first);
            risk.Add(first);
        }
        var compared = exposed.Where(static one => one.IsCompared).ToList();
        return new(AtStep(static one => one.Arm is Arm.Canary or Arm.Shadow), judgedDecisions.Count, rollback, promotion)
        {
            DecisionsAtStep = AtStep(static one => one.Arm != Arm.Holdback),
            Canary = Counts(compared, isCanary: true, judged, wrong),
            Stable = Counts(compared, isCanary: false, judged, wrong),
            Risk = risk,
            Units = UnitRatio(compared),
            Reports = Ratio(revealed.InTime().Select(static known => (known.Exposed, known.At))),
            Guards = [.. policy.Guards.Select(Evidence)],
            Success = [.. policy.Success.Select(Evidence)],
            Tripwires = [.. policy.Tripwires.Select(wire => (wire, Touched(wire)))],
        };

        long AtStep(Func<Exposed, bool> which) => exposed.LongCount(one => which(one) && one.ServedAt >= release.StepStartedAt);

        MetricEvidence Evidence(WatchedMetric metric)
        {
            var evidence = new MetricEvidence(metric, policy);
            var first = metric == WatchedMetric.Accuracy ? judged : new FirstOfUnits();
            foreach (var known in metrics.GetValueOrDefault(metric.Name, []))
                if (metric.IsMean || metric.IsBad(known.Value)) first.Take(known);
            foreach (var known in first.InTime().Where(static known => known.Exposed.IsCompared))
            {
                if (metric.IsMean) evidence.AddValue(known.Exposed.IsCanary, known.Exposed.Share, known.Value);
                else evidence.AddBad(new(known.Exposed.IsCanary, known.Exposed.Share));
            }
            return evidence;
        }

        int Touched(Tripwire wire) => metrics.GetValueOrDefault(wire.Metric.Name, []).Where(known => known.Exposed.IsCanary && wire.Metric.IsBad(known.Value))
            .Select(static known => known.Exposed.Unit).Distinct(StringComparer.Ordinal).Count();
    }

    private bool? IsBad(in Judgement judgement, Exposed exposure)
    {
        if (judgement.Truth is { } truth) return !string.Equals(exposure.Final, ExposureJournal.MarkOf(store, truth), StringComparison.Ordinal) && exposure.Final is not null;
        if (judgement.ProposalIsWrong is not { } isWrong) return null;
        var kept = string.Equals(exposure.Final, exposure.Proposed, StringComparison.Ordinal);
        // That the proposal was wrong says nothing about what was done in its place.
        return kept ? isWrong : isWrong ? null : exposure.Final is not null;
    }

    private static ArmCounts Counts(List<Exposed> compared, bool isCanary, FirstOfUnits judged, FirstOfUnits wrong)
    {
        var arm = compared.Where(one => one.IsCanary == isCanary).ToList();
        return new(
            arm.Select(static one => one.Unit).Distinct(StringComparer.Ordinal).LongCount(), arm.Count,
            judged.InTime().LongCount(known => known.Exposed.IsCanary == isCanary), wrong.InTime().LongCount(bad => bad.Exposed.IsCanary == isCanary));
    }

    // Clients that sample send every decision that was changed and some of the others. The candidate changes more, so its units would be seen
    // more often: of every decision only so much is counted as the most thinned-out were sent with.
    private static SampleRatio UnitRatio(List<Exposed> compared)
    {
        var least = compared.Count == 0 ? 1 : compared.Min(static one => one.Inclusion);
        var counted = least >= 1 ? compared : compared.Where(one => Coin(one.Decision) < least / one.Inclusion);
        return Ratio(counted.DistinctBy(static one => one.Unit, StringComparer.Ordinal).Select(static one => (one, one.ServedAt)));
    }

    private static SampleRatio Ratio(IEnumerable<(Exposed Exposed, long At)> units)
    {
        var ratio = new SampleRatio();
        foreach (var (exposed, at) in units)
            if (exposed.IsCompared) ratio.Add(exposed.IsCanary, exposed.Share, at);
        return ratio;
    }

    private static double Coin(string decision) => BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes("thin\n" + decision))) / 4_294_967_296.0;

    private List<Exposed> Load(Release release) => store.Read(connection => SignalRows.All(connection, ServingSql.OfRelease, "@release", release.Id, static row => new Exposed(
        row.GetString(0), (Arm)row.GetInt32(1), row.GetInt32(2) / 10_000.0, row.GetString(3), row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5), row.GetInt64(6), row.GetDouble(7))));

    // Of each unit what was known first.
    private sealed class FirstOfUnits
    {
        private readonly Dictionary<string, Known> _first = new(StringComparer.Ordinal);

        public void Take(in Known known)
        {
            if (!_first.TryGetValue(known.Exposed.Unit, out var before) || Known.ByTime.Compare(known, before) < 0) _first[known.Exposed.Unit] = known;
        }

        public IEnumerable<Known> InTime() => _first.Values.Order(Known.ByTime);
    }
}
