using Emend.Engine.Storage;

namespace Emend.Engine.Journal;

/// <summary>Takes read models that are behind up to the end of the journal.</summary>
internal static class CatchUp
{
    private const int Page = 1_000;

    /// <summary>Runs when a store opens. A crash in between loses at most one page of work.</summary>
    public static async Task RunAsync(SqliteWorkspaceStore store, CancellationToken cancel)
    {
        var isBehind = true;
        while (isBehind)
        {
            isBehind = await store.OnWriterAsync(unit =>
            {
                var from = store.Projections.Min(projection => (long?)ProjectionRegistry.NextOf(unit.Commands, projection)) ?? unit.Tree.Size;
                if (from >= unit.Tree.Size) return false;
                Advance(unit, new JournalReader(store.Id, store.Keys), store, from, Math.Min(from + Page, unit.Tree.Size));
                return true;
            }, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Shows the entries of a range to each projection that has not seen them.</summary>
    internal static void Advance(WorkspaceUnit unit, JournalReader reader, SqliteWorkspaceStore store, long from, long to)
    {
        var next = store.Projections.ToDictionary(static projection => projection, projection => ProjectionRegistry.NextOf(unit.Commands, projection));
        foreach (var entry in reader.Entries(unit.Commands, from, to, isOpenOnly: true))
        {
            foreach (var projection in store.Projections)
            {
                if (next[projection] <= entry.Index) projection.Apply(unit, entry);
            }
        }
        foreach (var projection in store.Projections)
            ProjectionRegistry.NoteProgress(unit.Commands, [projection], Math.Max(next[projection], to));
    }
}
