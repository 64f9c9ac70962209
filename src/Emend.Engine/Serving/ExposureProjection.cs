using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;

namespace Emend.Engine.Serving;

internal static class ServingSql
{
    public const string Find = "SELECT 1 FROM exposure WHERE decision = @decision";

    // A decision is served once; should two entries name it, the earlier one stays.
    public const string Add = """
        INSERT INTO exposure (decision, agent, release_id, arm, share_bp, bundle, unit, proposed, final, changed, cause, rule, served_us, entry, position, inclusion)
        VALUES (@decision, @agent, @release, @arm, @share, @bundle, @unit, @proposed, @final, @changed, @cause, @rule, @at, @entry, @position, @inclusion)
        ON CONFLICT (decision) DO NOTHING
        """;

    public const string OfRelease = """
        SELECT decision, arm, share_bp, unit, proposed, final, served_us, inclusion FROM exposure WHERE release_id = @release ORDER BY served_us, decision
        """;

    public const string OfDecision = """
        SELECT agent, release_id, arm, share_bp, bundle, changed, cause, rule, served_us FROM exposure WHERE decision = @decision
        """;

    public const string PlaceOf = "SELECT entry, position FROM exposure WHERE decision = @decision";

    public const string ChangedBy = "SELECT decision FROM exposure WHERE bundle = @bundle AND rule = @rule AND changed = 1 ORDER BY decision";
}

/// <summary>Who was served what. People and actions stand in it as keyed marks only.</summary>
internal sealed class ExposureProjection : IProjection
{
    public string Name => "exposure";

    public IReadOnlyList<string> Tables { get; } = ["exposure"];

    public IReadOnlyList<string> DigestQueries { get; } =
        ["SELECT decision, agent, release_id, arm, share_bp, bundle, unit, proposed, final, changed, cause, rule FROM exposure ORDER BY decision"];

    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        if (!string.Equals(entry.Type, ExposureJournal.EntryType, StringComparison.Ordinal)) return;
        var add = work.Command(ServingSql.Add);
        for (var i = 0; i < entry.Records.Length; i++)
        {
            var record = entry.Records[i];
            add.Bind("@decision", record.Id).Bind("@agent", record.Text("agent")).Bind("@release", record.TextOrNull("release"))
                .Bind("@arm", record.Number("arm")).Bind("@share", record.Number("shareBp")).Bind("@bundle", record.TextOrNull("bundle"))
                .Bind("@unit", record.Text("unit")).Bind("@proposed", record.Text("proposedMark")).Bind("@final", record.TextOrNull("finalMark"))
                .Bind("@changed", record.Flag("changed") ? 1 : 0).Bind("@cause", record.Number("cause")).Bind("@rule", record.TextOrNull("rule"))
                .Bind("@at", record["servedAt"] is null ? entry.OccurredAt : record.Number("servedAt")).Bind("@entry", entry.Index).Bind("@position", i)
                .Bind("@inclusion", FieldText.Number(record["inclusion"]) ?? 1).ExecuteNonQuery();
        }
    }
}
