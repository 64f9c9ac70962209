using Emend.Engine.Storage;

namespace Emend.Engine.Journal;

/// <summary>Empties every read model and fills it again from the journal, in one transaction: a crash leaves the old ones.</summary>
internal static class RebuildProjections
{
    private const int Page = 1_000;

    /// <summary>Rebuilds; writers wait meanwhile, readers see the old state until it is done.</summary>
    public static Task RunAsync(SqliteWorkspaceStore store, Action<long, long>? progress, CancellationToken cancel) => store.OnWriterAsync(unit =>
    {
        using var activity = JournalTelemetry.Source.StartActivity("journal.rebuild");
        foreach (var projection in store.Projections)
        {
            foreach (var table in projection.Tables) unit.Command($"DELETE FROM \"{table}\"").ExecuteNonQuery();
        }
        ProjectionRegistry.NoteProgress(unit.Commands, store.Projections, 0);
        var reader = new JournalReader(store.Id, store.Keys);
        for (long at = 0; at < unit.Tree.Size; at += Page)
        {
            cancel.ThrowIfCancellationRequested();
            CatchUp.Advance(unit, reader, store, at, Math.Min(at + Page, unit.Tree.Size));
            progress?.Invoke(Math.Min(at + Page, unit.Tree.Size), unit.Tree.Size);
        }
        foreach (var projection in store.Projections) projection.Settle(unit);
        return unit.Tree.Size;
    }, cancel);
}
