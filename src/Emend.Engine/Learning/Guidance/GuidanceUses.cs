using Emend.Engine.Capturing;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.Logic.Guidance;

namespace Emend.Engine.Learning.Guidance;

/// <summary>Decisions that were shown an item, or from which it was withheld, counted by what the agent did and what was right.</summary>
/// <param name="Item">The item.</param>
/// <param name="IsShown">Shown; else withheld.</param>
/// <param name="Proposed">What the agent proposed.</param>
/// <param name="Truth">What was right.</param>
/// <param name="Count">How many.</param>
internal readonly record struct GuidanceTally(string Item, bool IsShown, string Proposed, string Truth, int Count)
{
    /// <summary>Whether the agent was right.</summary>
    public bool IsRight => string.Equals(Proposed, Truth, StringComparison.Ordinal);

    /// <summary>One line of canonical JSON: what a build that used it is digested from.</summary>
    public string Line() =>
        $"{{\"count\":{CanonicalJson.Number(Count)},\"guidance\":{CanonicalJson.Quote(Item)},\"proposed\":{CanonicalJson.Quote(Proposed)},\"shown\":{(IsShown ? "true" : "false")},\"truth\":{CanonicalJson.Quote(Truth)}}}";
}

/// <summary>
/// Uses of guidance whose truth became known by an outcome. Corrections that people volunteer do not count: they speak of errors only and would
/// make every item look harmful.
/// </summary>
internal sealed class GuidanceUses(IWorkspaceStore store)
{
    // Point in time, so that what was built from it can be built again: only what was in the journal by then.
    private const string Audited = """
        SELECT item, is_shown, proposed, truth, count(*) FROM (
            SELECT g.item AS item, g.is_shown AS is_shown, d.action AS proposed,
                   (SELECT o.action FROM outcome o WHERE o.decision_id = g.decision AND o.metric = 'truth' AND o.action IS NOT NULL AND o.entry < @upTo
                     ORDER BY o.at_us DESC, o.action DESC LIMIT 1) AS truth
              FROM guidance_exposure g JOIN decision d ON d.id = g.decision AND d.agent = g.agent
             WHERE g.agent = @agent AND g.entry < @upTo AND d.entry < @upTo)
         WHERE truth IS NOT NULL GROUP BY item, is_shown, proposed, truth ORDER BY item, is_shown, proposed, truth
        """;

    /// <summary>All uses of an agent's guidance before a journal entry.</summary>
    public IReadOnlyList<GuidanceTally> AsOf(string agent, long upTo) => store.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = Audited;
        command.Bind("@agent", agent).Bind("@upTo", upTo);
        return SignalRows.All(command, static row => new GuidanceTally(row.GetString(0), row.GetInt32(1) != 0, row.GetString(2), row.GetString(3), row.GetInt32(4)));
    });

    /// <summary>
    /// What uses say of an item: counted are those in which the agent did what it advises. Where it advises no action, whatever the agent did counts.
    /// </summary>
    public static GuidanceUse Of(GuidanceItem item, IEnumerable<GuidanceTally> tallies)
    {
        var (help, harm) = (0, 0);
        foreach (var tally in tallies)
        {
            if (!tally.IsShown || item.Action is { } advised && !string.Equals(tally.Proposed, advised, StringComparison.Ordinal)) continue;
            if (tally.IsRight) help += tally.Count;
            else harm += tally.Count;
        }
        return new(help, harm);
    }
}
