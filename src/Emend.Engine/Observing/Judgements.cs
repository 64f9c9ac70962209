using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Engine.Storage;

namespace Emend.Engine.Observing;

/// <summary>What became known of the decisions a release has touched: rulings, revealed truths, and a guard metric where one is watched.</summary>
internal sealed class Judgements(IWorkspaceStore store, Decisions decisions, Exposures exposures)
{
    private const string OfMetric = "SELECT decision_id, value, at_us FROM outcome WHERE metric = @metric AND value IS NOT NULL";

    /// <summary>All of them, in no particular order.</summary>
    /// <param name="release">The release.</param>
    /// <param name="metric">Guard metric beside rulings and truths; null: none.</param>
    public IEnumerable<Judgement> Of(Release release, GuardMetric? metric = null)
    {
        var exposed = exposures.OfRelease(release.Id);
        foreach (var known in decisions.ReadMany(exposed))
        {
            if (known.IsWrong is { } isWrong) yield return Judgement.Of(known.Decision.Id, known.Truth, isWrong, known.TruthAt ?? 0);
        }
        if (metric is null) yield break;
        var ids = exposed.ToHashSet(StringComparer.Ordinal);
        foreach (var (id, value, at) in store.Read(connection => SignalRows.All(connection, OfMetric, "@metric", metric.Name, static row => (row.GetString(0), row.GetDouble(1), row.GetInt64(2)))))
        {
            if (ids.Contains(id)) yield return new(id, null, null, metric.IsBad(value), at);
        }
    }
}
