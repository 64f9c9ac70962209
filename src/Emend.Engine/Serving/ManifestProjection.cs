using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;

namespace Emend.Engine.Serving;

internal static class ManifestSql
{
    public const string SetChange = "INSERT INTO serving_change (agent, changed_us) VALUES (@agent, @at) ON CONFLICT (agent) DO UPDATE SET changed_us = @at";

    // The newest approval that completed: what counts after a bundle was taken back and approved again.
    public const string SetApproval = "INSERT INTO bundle_approval (bundle, entry) VALUES (@bundle, @entry) ON CONFLICT (bundle) DO UPDATE SET entry = @entry";

    public const string Change = "SELECT changed_us FROM serving_change WHERE agent = @agent";

    public const string Approval = "SELECT entry FROM bundle_approval WHERE bundle = @bundle";
}

/// <summary>When an agent's serving last changed, and where the journal holds the approval of each bundle.</summary>
internal sealed class ManifestProjection : IProjection
{
    public string Name => "manifest";

    public IReadOnlyList<string> Tables { get; } = ["serving_change", "bundle_approval"];

    // Times of change come from the clock of who changed it; entry numbers enter no digest.
    public IReadOnlyList<string> DigestQueries { get; } = ["SELECT agent, changed_us FROM serving_change ORDER BY agent", "SELECT bundle FROM bundle_approval ORDER BY bundle"];

    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        switch (entry.Type)
        {
            case ReleaseFactJournal.Started or ReleaseFactJournal.Extended or ReleaseFactJournal.Advanced or ReleaseFactJournal.TakenBack or ReleaseFactJournal.Killed
                or ReleaseFactJournal.Suspended or ReleaseFactJournal.Restored:
                work.Command(ManifestSql.SetChange).Bind("@agent", entry.Records[0].Text("agent")).Bind("@at", entry.OccurredAt).ExecuteNonQuery();
                break;
            case ReleaseFactJournal.Approved when entry.Records[0].Flag("complete"):
                work.Command(ManifestSql.SetApproval).Bind("@bundle", entry.Records[0].Text("candidate")).Bind("@entry", entry.Index).ExecuteNonQuery();
                break;
        }
    }
}
