using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Engine.Storage;

namespace Emend.Engine.Observing;

/// <summary>What became known of the decisions a release has touched: rulings, revealed truths, and the metrics its policy names.</summary>
internal sealed class Judgements(IWorkspaceStore store, Decisions decisions, Exposures exposures)
{
    private const string OfMetric = "SELECT decision_id, value, at_us FROM outcome WHERE metric = @metric AND value IS NOT NULL";

    /// <summary>All of them, in no particular order.</summary>
    /// <param name="release">The release.</param>
    /// <param name="guard">One more guard metric; null: none.</param>
    public IEnumerable<Judgement> Of(Release release, WatchedMetric? guard = null)
    {
        var exposed = exposures.OfRelease(release.Id);
        foreach (var known in decisions.ReadMany(exposed))
            if (Judgement.Of(known) is { } judgement) yield return judgement;
        var policy = release.Policy.Watching(guard);
        var names = policy.Guards.Concat(policy.Success).Concat(policy.Tripwires.Select(static wire => wire.Metric))
            .Select(static metric => metric.Name).Where(static name => name != WatchedMetric.AccuracyName).Distinct(StringComparer.Ordinal).ToList();
        if (names.Count == 0) yield break;
        var ids = exposed.ToHashSet(StringComparer.Ordinal);
        foreach (var name in names)
        {
            foreach (var (id, value, at) in store.Read(connection => SignalRows.All(connection, OfMetric, "@metric", name, static row => (row.GetString(0), row.GetDouble(1), row.GetInt64(2)))))
                if (ids.Contains(id)) yield return Judgement.Of(id, name, value, at);
        }
    }
}
