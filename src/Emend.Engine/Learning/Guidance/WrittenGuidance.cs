using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.Logic.Guidance;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Learning.Guidance;

/// <summary>Guidance that people wrote, as it stood at any point of the journal, and who wrote it.</summary>
internal sealed class WrittenGuidance(IWorkspaceStore store)
{
    /// <summary>For "as it is now".</summary>
    public const long Now = long.MaxValue;

    private const string StandingIds = "SELECT id FROM written_guidance WHERE agent = @agent AND removed_at IS NULL";
    private const string Places = "SELECT entry, position FROM written_guidance WHERE agent = @agent AND entry < @upTo AND (removed_at IS NULL OR removed_at >= @upTo) ORDER BY id";
    private const string AuthorsOf = "SELECT DISTINCT author FROM written_guidance WHERE agent = @agent AND id = @id ORDER BY author";

    /// <summary>The items that stood before a journal entry, by id.</summary>
    public IReadOnlyList<GuidanceItem> AsOf(string agent, long upTo) =>
        store.Read(connection => SignalRows.All(Select(connection, Places, agent).Bind("@upTo", upTo), static row => (Entry: row.GetInt64(0), Position: row.GetInt32(1))))
            .ConvertAll(at => Read(store.Record(at.Entry, at.Position)));

    /// <summary>Pseudonyms of everybody who ever wrote this item, sorted; none for a learned one.</summary>
    public IReadOnlyList<string> Authors(string agent, string id) =>
        store.Read(connection => SignalRows.All(Select(connection, AuthorsOf, agent).Bind("@id", id), static row => row.GetString(0)));

    /// <summary>Pseudonyms of those who wrote what a bundle brings that another one has not.</summary>
    public IEnumerable<string> AuthorsOfNew(Bundle bundle, Bundle? served)
    {
        var known = Written(served).ToHashSet(StringComparer.Ordinal);
        return Written(bundle).Where(id => !known.Contains(id)).SelectMany(id => Authors(bundle.Agent, id));
    }

    /// <summary>Ids of the items that stand, as the writer sees them.</summary>
    public static IReadOnlySet<string> Standing(UnitOfWork work, string agent) =>
        SignalRows.All(work.Command(StandingIds).Bind("@agent", agent), static row => row.GetString(0)).ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<string> Written(Bundle? bundle) =>
        bundle is null ? [] : bundle.Guidance.Select(GuidanceJson.Read).Where(static item => item.Kind == GuidanceKind.Written).Select(static item => item.Id);

    private static GuidanceItem Read(JournalRecord record) =>
        GuidanceJson.Read(record[WrittenGuidanceHandler.ItemField] ?? throw new InvalidDataException($"guidance item {record.Id} has lost its text"));

#pragma warning disable CA2100 // The constants above.
    private static SqliteCommand Select(SqliteConnection connection, string sql, string agent)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.Bind("@agent", agent);
    }
#pragma warning restore CA2100
}

/// <summary>Which written items stood when.</summary>
internal sealed class WrittenGuidanceProjection : IProjection
{
    private const string Add = "INSERT INTO written_guidance (entry, position, agent, id, author) VALUES (@entry, @position, @agent, @id, @author)";
    private const string Remove = "UPDATE written_guidance SET removed_at = @entry WHERE agent = @agent AND id = @id AND removed_at IS NULL";

    /// <inheritdoc/>
    public string Name => "written-guidance";

    /// <inheritdoc/>
    public IReadOnlyList<string> Tables { get; } = ["written_guidance"];

    /// <inheritdoc/>
    public IReadOnlyList<string> DigestQueries { get; } = ["SELECT agent, id, name_of(author), removed_at IS NOT NULL FROM written_guidance ORDER BY agent, id, entry, position"];

    /// <inheritdoc/>
    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        if (entry.Type is not (WrittenGuidanceHandler.Written or WrittenGuidanceHandler.Removed)) return;
        for (var position = 0; position < entry.Records.Length; position++)
        {
            var record = entry.Records[position];
            var command = work.Command(entry.Type == WrittenGuidanceHandler.Written ? Add : Remove).Bind("@entry", entry.Index).Bind("@agent", record.Text("agent")).Bind("@id", record.Id);
            if (entry.Type == WrittenGuidanceHandler.Written) command.Bind("@position", position).Bind("@author", ReleasingProjection.PersonOf(work, entry.Actor));
            command.ExecuteNonQuery();
        }
    }
}
