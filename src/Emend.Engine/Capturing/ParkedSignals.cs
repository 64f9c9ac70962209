using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Capturing;

/// <summary>A signal that waits for its decision.</summary>
/// <param name="What">Correction or outcome.</param>
/// <param name="Id">Id of the correction, or the outcome's metric.</param>
/// <param name="DecisionId">The decision it waits for.</param>
/// <param name="Age">How long it has waited.</param>
internal sealed record ParkedSignal(string What, string Id, string DecisionId, TimeSpan Age);

/// <summary>Lists signals that are ahead of their decision. Nothing is dropped: they wait until it arrives.</summary>
internal sealed class ParkedSignals(IWorkspaceStore store, TimeProvider clock)
{
    /// <summary>The oldest of them first.</summary>
    /// <param name="limit">At most so many. Default: all.</param>
    public IReadOnlyList<ParkedSignal> List(int limit = int.MaxValue)
    {
        var now = Microseconds.Of(clock.GetUtcNow());
        var (corrections, outcomes) = store.Read(connection => (Some(connection, SignalSql.ParkedCorrections), Some(connection, SignalSql.ParkedOutcomes)));
        return [..
            from one in corrections.Select(static c => (What: "correction", Parked: c)).Concat(outcomes.Select(static o => (What: "outcome", Parked: o))).OrderBy(static one => one.Parked.Since)
                .ThenBy(static one => one.Parked.Decision, StringComparer.Ordinal).ThenBy(static one => one.Parked.Id, StringComparer.Ordinal).Take(limit)
            select new ParkedSignal(one.What, one.Parked.Id, one.Parked.Decision, TimeSpan.FromMicroseconds(Math.Max(0, now - one.Parked.Since)))];

        List<(string Id, string Decision, long Since)> Some(SqliteConnection connection, string sql) =>
            SignalRows.All(connection, sql, "@limit", limit, static row => (row.GetString(0), row.GetString(1), row.GetInt64(2)));
    }
}
