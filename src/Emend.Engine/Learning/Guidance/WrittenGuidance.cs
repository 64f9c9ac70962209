using Emend.Engine.Journal;
using Emend.Engine.Learning.Written;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.Logic.Guidance;

namespace Emend.Engine.Learning.Guidance;

/// <summary>Guidance that people wrote, as it stood at any point of the journal, and who wrote it.</summary>
internal sealed class WrittenGuidance(IWorkspaceStore store)
{
    /// <summary>Where it stands.</summary>
    public static WrittenTable Table { get; } = new("written_guidance", "written-guidance", WrittenGuidanceHandler.Written, WrittenGuidanceHandler.Removed);

    /// <summary>The items that stood before a journal entry, by id.</summary>
    public IReadOnlyList<GuidanceItem> AsOf(string agent, long upTo) => [.. Table.AsOf(store, agent, upTo).Select(Read)];

    /// <summary>Pseudonyms of everybody who ever wrote this item, sorted; none for a learned one.</summary>
    public IReadOnlyList<string> Authors(string agent, string id) => Table.Authors(store, agent, id);

    /// <summary>Pseudonyms of those who wrote what a bundle brings that another one has not.</summary>
    public IEnumerable<string> AuthorsOfNew(Bundle bundle, Bundle? served)
    {
        var known = Written(served).ToHashSet(StringComparer.Ordinal);
        return Written(bundle).Where(id => !known.Contains(id)).SelectMany(id => Authors(bundle.Agent, id));
    }

    private static IEnumerable<string> Written(Bundle? bundle) =>
        bundle is null ? [] : bundle.Guidance.Select(GuidanceJson.Read).Where(static item => item.Kind == GuidanceKind.Written).Select(static item => item.Id);

    private static GuidanceItem Read(JournalRecord record) =>
        GuidanceJson.Read(record[WrittenGuidanceHandler.ItemField] ?? throw new InvalidDataException($"guidance item {record.Id} has lost its text"));
}
