using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Engine.Storage;

namespace Emend.Engine.Observing;

/// <summary>Sets what became known of decisions against who was served what.</summary>
internal sealed class ReleaseAnalysis(IWorkspaceStore store)
{
    private readonly record struct Exposed(Arm Arm, double Share, string Unit, string Proposed, string? Final);

    private readonly record struct FirstBad(long At, string Decision, bool InCanary, double Share);

    /// <summary>
    /// Evidence on a release. Depends on the set of exposures and judgements only: of each unit the first bad outcome counts, and
    /// those are taken in the order in which they became known.
    /// </summary>
    public ReleaseEvidence Of(Release release, IEnumerable<Judgement> judgements)
    {
        var (exposed, atStep) = Load(release);
        var first = new Dictionary<string, FirstBad>(StringComparer.Ordinal);
        var judged = new HashSet<string>(StringComparer.Ordinal);
        foreach (var judgement in judgements)
        {
            if (!exposed.TryGetValue(judgement.DecisionId, out var exposure) || exposure.Arm == Arm.Shadow) continue;
            if (IsBad(judgement, exposure) is not { } isBad) continue;
            if (exposure.Arm == Arm.Canary) judged.Add(judgement.DecisionId);
            if (!isBad) continue;
            var bad = new FirstBad(judgement.At, judgement.DecisionId, exposure.Arm == Arm.Canary, exposure.Share);
            if (!first.TryGetValue(exposure.Unit, out var known) || Before(bad, known)) first[exposure.Unit] = bad;
        }

        var evidence = new ReleaseEvidence(atStep, judged.Count, new(), new(release.Policy.Margin));
        foreach (var bad in first.Values.OrderBy(static bad => bad.At).ThenBy(static bad => bad.Decision, StringComparer.Ordinal))
        {
            // At the last step there is no stable arm left to compare with.
            if (bad.Share is not (> 0 and < 1)) continue;
            evidence.Rollback.Add(new(bad.InCanary, bad.Share));
            evidence.Promotion.Add(new(bad.InCanary, bad.Share));
        }
        return evidence;
    }

    private bool? IsBad(in Judgement judgement, in Exposed exposure)
    {
        if (judgement.IsBad is { } metric) return metric;
        if (judgement.Truth is { } truth) return !string.Equals(exposure.Final, ExposureJournal.MarkOf(store, truth), StringComparison.Ordinal) && exposure.Final is not null;
        if (judgement.ProposalIsWrong is not { } isWrong) return null;
        var kept = string.Equals(exposure.Final, exposure.Proposed, StringComparison.Ordinal);
        // That the proposal was wrong says nothing about what was done in its place.
        return kept ? isWrong : isWrong ? null : exposure.Final is not null;
    }

    private (Dictionary<string, Exposed> Exposed, long AtStep) Load(Release release) => store.Read(connection =>
    {
        var exposed = new Dictionary<string, Exposed>(StringComparer.Ordinal);
        var atStep = 0L;
        using var select = connection.CreateCommand();
        select.CommandText = ServingSql.OfRelease;
        using var row = select.Bind("@release", release.Id).ExecuteReader();
        while (row.Read())
        {
            var arm = (Arm)row.GetInt32(1);
            exposed[row.GetString(0)] = new(arm, row.GetInt32(2) / 10_000.0, row.GetString(3), row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5));
            if (arm != Arm.Stable && row.GetInt64(6) >= release.StepStartedAt) atStep++;
        }
        return (exposed, atStep);
    });

    private static bool Before(in FirstBad left, in FirstBad right) =>
        left.At != right.At ? left.At < right.At : string.CompareOrdinal(left.Decision, right.Decision) < 0;
}
