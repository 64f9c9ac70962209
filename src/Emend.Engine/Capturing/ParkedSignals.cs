using Emend.Engine.Storage;

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
    /// <summary>All of them, the oldest first.</summary>
    public IReadOnlyList<ParkedSignal> List()
    {
        var now = Microseconds.Of(clock.GetUtcNow());
        return store.Read(connection => SignalRows.All(connection, SignalSql.Parked, null, null, row =>
            new ParkedSignal(row.GetString(0), row.GetString(1), row.GetString(2), TimeSpan.FromMicroseconds(Math.Max(0, now - row.GetInt64(3))))));
    }
}
