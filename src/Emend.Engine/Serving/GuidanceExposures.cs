using System.Text.Json;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Storage;
using Emend.Logic.Guidance;

namespace Emend.Engine.Serving;

/// <summary>Which guidance a decision had before it.</summary>
/// <param name="Decision">The decision; it may still be to come.</param>
/// <param name="Agent">Its agent.</param>
/// <param name="Exposure">What was shown and what was withheld.</param>
internal sealed record GuidedDecision(string Decision, string Agent, GuidanceExposure Exposure);

/// <summary>Keeps which guidance a decision had before it. Once a decision; what was recorded first stays.</summary>
internal sealed class GuidanceExposures(IWorkspaceStore store)
{
    /// <summary>Type of the journal's entries.</summary>
    public const string EntryType = "guidance.shown";

    /// <summary>Most items one decision may have had.</summary>
    public const int MaxItems = 50;

    private const string Find = "SELECT 1 FROM guidance_exposure WHERE decision = @decision LIMIT 1";
    private const string OfDecision = "SELECT item, is_shown, bundle FROM guidance_exposure WHERE decision = @decision ORDER BY is_shown DESC, item";

    /// <summary>Records those that were not recorded before; answers how many.</summary>
    public async Task<int> RecordAsync(IReadOnlyList<GuidedDecision> guided, Actor by, CancellationToken cancel)
    {
        var some = guided.Where(static one => !one.Exposure.IsEmpty).DistinctBy(static one => one.Decision, StringComparer.Ordinal).ToList();
        if (some.Count == 0) return 0;
        var draft = store.Seal(new() { Type = EntryType, Actor = by, Records = [.. some.Select(RecordOf)] });
        return await store.WriteAsync(
            work =>
            {
                var known = work.Command(Find);
                var positions = Enumerable.Range(0, some.Count).Where(i => known.Bind("@decision", some[i].Decision).ExecuteScalar() is null).ToList();
                if (positions.Count > 0) work.Append(positions.Count == some.Count ? draft : draft.Only(positions));
                return positions.Count;
            },
            cancel).ConfigureAwait(false);
    }

    /// <summary>What a decision had; null when it asked for no guidance, or there was none.</summary>
    public GuidanceExposure? Of(string decision)
    {
        var rows = store.Read(connection => SignalRows.All(connection, OfDecision, "@decision", decision, static row => (Item: row.GetString(0), IsShown: row.GetInt32(1) != 0, Bundle: row.GetString(2))));
        return rows.Count == 0 ? null : new(rows[0].Bundle, [.. rows.Where(static r => r.IsShown).Select(static r => r.Item)], [.. rows.Where(static r => !r.IsShown).Select(static r => r.Item)]);
    }

    /// <summary>Reads what a client reports: <c>{"bundle":…,"shown":[…],"withheld":[…]}</c>; null when it is not that.</summary>
    public static GuidanceExposure? Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var bundle = "";
            System.Collections.Immutable.ImmutableArray<string> shown = [], withheld = [];
            foreach (var member in document.RootElement.EnumerateObject())
            {
                switch (member.Name)
                {
                    case "bundle": bundle = member.Value.GetString() ?? ""; break;
                    case "shown": shown = [.. member.Value.EnumerateArray().Select(static id => id.GetString() ?? "")]; break;
                    case "withheld": withheld = [.. member.Value.EnumerateArray().Select(static id => id.GetString() ?? "")]; break;
                    default: return null;
                }
            }
            var ids = shown.Concat(withheld).ToList();
            var isSound = bundle.Length is > 0 and <= 100 && ids.Count <= MaxItems && ids.All(static id => id.Length is > 0 and <= 64) && ids.Distinct(StringComparer.Ordinal).Count() == ids.Count;
            return isSound ? new(bundle, shown, withheld) : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static JournalRecord RecordOf(GuidedDecision one) => new RecordFields()
        .Text("agent", one.Agent).Text("bundle", one.Exposure.Bundle).List("shown", one.Exposure.Shown).List("withheld", one.Exposure.Withheld).Record(one.Decision);
}

/// <summary>Guidance by decision and item.</summary>
internal sealed class GuidanceExposureProjection : IProjection
{
    private const string Add = """
        INSERT INTO guidance_exposure (decision, item, agent, is_shown, bundle, entry) VALUES (@decision, @item, @agent, @shown, @bundle, @entry)
        ON CONFLICT (decision, item) DO NOTHING
        """;

    /// <inheritdoc/>
    public string Name => "guidance-exposure";

    /// <inheritdoc/>
    public IReadOnlyList<string> Tables { get; } = ["guidance_exposure"];

    /// <inheritdoc/>
    public IReadOnlyList<string> DigestQueries { get; } = ["SELECT decision, item, agent, is_shown, bundle FROM guidance_exposure ORDER BY decision, item"];

    /// <inheritdoc/>
    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        if (!string.Equals(entry.Type, GuidanceExposures.EntryType, StringComparison.Ordinal)) return;
        var add = work.Command(Add).Bind("@entry", entry.Index);
        foreach (var record in entry.Records)
        {
            add.Bind("@decision", record.Id).Bind("@agent", record.Text("agent")).Bind("@bundle", record.Text("bundle"));
            foreach (var item in record.List("shown")) add.Bind("@item", item).Bind("@shown", 1).ExecuteNonQuery();
            foreach (var item in record.List("withheld")) add.Bind("@item", item).Bind("@shown", 0).ExecuteNonQuery();
        }
    }
}
