using System.Text.Json;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.Logic.Rules;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Learning.Written;

/// <summary>Rules that people wrote, as they stood at any point of the journal, and who wrote them.</summary>
internal sealed class WrittenRules(IWorkspaceStore store)
{
    /// <summary>For "as it is now".</summary>
    public const long Now = long.MaxValue;

    private const string StandingIds = "SELECT id FROM written_rule WHERE agent = @agent AND removed_at IS NULL";
    // Grows with every change: entries are numbered in order, and the next one is higher than all before.
    private const string Versions = "SELECT MAX(COALESCE(MAX(entry), -1), COALESCE(MAX(removed_at), -1)) + 1 FROM written_rule WHERE agent = @agent";
    private const string Places = "SELECT entry, position FROM written_rule WHERE agent = @agent AND entry < @upTo AND (removed_at IS NULL OR removed_at >= @upTo) ORDER BY id";
    private const string AuthorsOf = "SELECT DISTINCT author FROM written_rule WHERE agent = @agent AND id = @id ORDER BY author";

    /// <summary>The rules that stood before a journal entry, by id.</summary>
    public IReadOnlyList<Rule> AsOf(string agent, long upTo) =>
        store.Read(connection => SignalRows.All(Select(connection, Places, agent).Bind("@upTo", upTo), static row => (Entry: row.GetInt64(0), Position: row.GetInt32(1))))
            .ConvertAll(at => Read(store.Record(at.Entry, at.Position)));

    /// <summary>Pseudonyms of everybody who ever wrote this rule, sorted; none for a learned one.</summary>
    public IReadOnlyList<string> Authors(string agent, string id) =>
        store.Read(connection => SignalRows.All(Select(connection, AuthorsOf, agent).Bind("@id", id), static row => row.GetString(0)));

    /// <summary>Pseudonyms of those who wrote what a bundle brings that another one has not.</summary>
    public IReadOnlySet<string> AuthorsOfNew(Bundle bundle, Bundle? served)
    {
        var known = served?.Rules.Select(static rule => rule.Id).ToHashSet(StringComparer.Ordinal) ?? [];
        return bundle.Rules.Where(rule => rule.Origin == RuleOrigin.Written && !known.Contains(rule.Id)).SelectMany(rule => Authors(bundle.Agent, rule.Id)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The rules that stand now, by id, and the version they are.</summary>
    public (IReadOnlyList<Rule> Rules, long Version) Current(string agent)
    {
        // The version first: who changes from it what came in between is told so.
        var version = store.Read(connection => SignalRows.All(connection, Versions, "@agent", agent, static row => row.GetInt64(0)))[0];
        return (AsOf(agent, Now), version);
    }

    /// <summary>The version of an agent's rules, as the writer sees it.</summary>
    public static long Version(UnitOfWork work, string agent) => SignalRows.All(work.Command(Versions).Bind("@agent", agent), static row => row.GetInt64(0))[0];

    /// <summary>Ids of the rules that stand, as the writer sees them.</summary>
    public static IReadOnlySet<string> Standing(UnitOfWork work, string agent) =>
        SignalRows.All(work.Command(StandingIds).Bind("@agent", agent), static row => row.GetString(0)).ToHashSet(StringComparer.Ordinal);

    private static Rule Read(JournalRecord record)
    {
        using var json = JsonDocument.Parse(record[WrittenRuleHandler.RuleField] ?? throw new InvalidDataException($"written rule {record.Id} has lost its text"));
        return BundleJson.ReadRule(json.RootElement);
    }

#pragma warning disable CA2100 // The constants above.
    private static SqliteCommand Select(SqliteConnection connection, string sql, string agent)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.Bind("@agent", agent);
    }
#pragma warning restore CA2100
}

/// <summary>Which written rules stood when.</summary>
internal sealed class WrittenRuleProjection : IProjection
{
    private const string Add = "INSERT INTO written_rule (entry, position, agent, id, author) VALUES (@entry, @position, @agent, @id, @author)";
    private const string Remove = "UPDATE written_rule SET removed_at = @entry WHERE agent = @agent AND id = @id AND removed_at IS NULL";

    /// <inheritdoc/>
    public string Name => "written-rules";

    /// <inheritdoc/>
    public IReadOnlyList<string> Tables { get; } = ["written_rule"];

    /// <inheritdoc/>
    public IReadOnlyList<string> DigestQueries { get; } = ["SELECT agent, id, name_of(author), removed_at IS NOT NULL FROM written_rule ORDER BY agent, id, entry, position"];

    /// <inheritdoc/>
    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        if (entry.Type is not (WrittenRuleHandler.Written or WrittenRuleHandler.Removed)) return;
        for (var position = 0; position < entry.Records.Length; position++)
        {
            var record = entry.Records[position];
            var command = work.Command(entry.Type == WrittenRuleHandler.Written ? Add : Remove).Bind("@entry", entry.Index).Bind("@agent", record.Text("agent")).Bind("@id", record.Id);
            if (entry.Type == WrittenRuleHandler.Written) command.Bind("@position", position).Bind("@author", ReleasingProjection.PersonOf(work, entry.Actor));
            command.ExecuteNonQuery();
        }
    }
}
