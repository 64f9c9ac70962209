using System.Text.Json;
using Emend.Engine.Journal;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning.Written;

/// <summary>Rules that people wrote, as they stood at any point of the journal, and who wrote them.</summary>
internal sealed class WrittenRules(IWorkspaceStore store)
{
    /// <summary>Where they stand.</summary>
    public static WrittenTable Table { get; } = new("written_rule", "written-rules", WrittenRuleHandler.Written, WrittenRuleHandler.Removed);

    /// <summary>The rules that stood before a journal entry, by id.</summary>
    public IReadOnlyList<Rule> AsOf(string agent, long upTo) => [.. Table.AsOf(store, agent, upTo).Select(Read)];

    /// <summary>Pseudonyms of everybody who ever wrote this rule, sorted; none for a learned one.</summary>
    public IReadOnlyList<string> Authors(string agent, string id) => Table.Authors(store, agent, id);

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
        var version = Table.Version(store, agent);
        return (AsOf(agent, WrittenTable.Now), version);
    }

    private static Rule Read(JournalRecord record)
    {
        using var json = JsonDocument.Parse(record[WrittenRuleHandler.RuleField] ?? throw new InvalidDataException($"written rule {record.Id} has lost its text"));
        return BundleJson.ReadRule(json.RootElement);
    }
}
