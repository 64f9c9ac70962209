using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Observing.Alerts;

/// <summary>Alerts as they stand, and the bundles that were taken back.</summary>
internal sealed class AlertProjection : IProjection
{
    public const string Raised = "alert.raised", Cleared = "alert.cleared", Acknowledged = "alert.acknowledged";

    /// <inheritdoc/>
    public string Name => "alerts";

    /// <inheritdoc/>
    public IReadOnlyList<string> Tables { get; } = ["alert", "taken_back", "client_loss"];

    /// <inheritdoc/>
    public IReadOnlyList<string> DigestQueries { get; } =
    [
        "SELECT id, kind, about, summary, raised_us, cleared_us, acked_us, name_of(acked_by) FROM alert ORDER BY id",
        "SELECT agent, release_id, bundle, by_policy, at_us FROM taken_back ORDER BY at_us, agent, bundle",
        "SELECT client, reason, lost FROM client_loss ORDER BY client, reason",
    ];

    /// <inheritdoc/>
    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        switch (entry.Type)
        {
            case Raised:
                foreach (var record in entry.Records)
                {
                    work.Command(AlertSql.Add).Bind("@id", record.Id).Bind("@kind", record.Text("kind")).Bind("@about", record.Text("about"))
                        .Bind("@summary", record.Text("summary")).Bind("@at", entry.OccurredAt).ExecuteNonQuery();
                }
                break;
            case Cleared:
                foreach (var record in entry.Records) work.Command(AlertSql.Clear).Bind("@id", record.Id).Bind("@at", entry.OccurredAt).ExecuteNonQuery();
                break;
            case Acknowledged:
                foreach (var record in entry.Records)
                {
                    work.Command(AlertSql.Acknowledge).Bind("@id", record.Id).Bind("@at", entry.OccurredAt)
                        .Bind("@by", ReleasingProjection.PersonOf(work, entry.Actor)).ExecuteNonQuery();
                }
                break;
            case ClientLosses.EntryType:
                foreach (var record in entry.Records)
                {
                    foreach (var field in record.Fields)
                    {
                        work.Command(AlertSql.Lose).Bind("@client", record.Id).Bind("@reason", field.Path).Bind("@lost", record.Number(field.Path))
                            .Bind("@at", entry.OccurredAt).ExecuteNonQuery();
                    }
                }
                break;
            case ReleaseFactJournal.TakenBack:
                var back = entry.Records[0];
                work.Command(AlertSql.AddTakenBack).Bind("@entry", entry.Index).Bind("@agent", back.Text("agent")).Bind("@release", back.TextOrNull("release"))
                    .Bind("@bundle", back.Text("from")).Bind("@policy", entry.Actor.IsPolicy ? 1 : 0).Bind("@at", entry.OccurredAt).ExecuteNonQuery();
                break;
        }
    }
}

internal static class AlertSql
{
    private const string Columns = "id, kind, about, summary, raised_us, cleared_us, acked_us, acked_by";

    public const string Add = "INSERT INTO alert (id, kind, about, summary, raised_us) VALUES (@id, @kind, @about, @summary, @at) ON CONFLICT (id) DO NOTHING";
    public const string Clear = "UPDATE alert SET cleared_us = @at WHERE id = @id AND cleared_us IS NULL";
    public const string Acknowledge = "UPDATE alert SET acked_us = @at, acked_by = @by WHERE id = @id AND acked_us IS NULL";
    public const string AddTakenBack = "INSERT INTO taken_back (entry, agent, release_id, bundle, by_policy, at_us) VALUES (@entry, @agent, @release, @bundle, @policy, @at)";

    // Totals only grow: an older report that arrives later changes nothing.
    public const string Lose = """
        INSERT INTO client_loss (client, reason, lost, lost_us) VALUES (@client, @reason, @lost, @at)
        ON CONFLICT (client, reason) DO UPDATE SET lost = excluded.lost, lost_us = excluded.lost_us WHERE excluded.lost > client_loss.lost
        """;
    public const string LossesOf = "SELECT reason, lost FROM client_loss WHERE client = @client";
    public const string LostSince = """
        SELECT client, reason, lost, lost_us FROM client_loss
         WHERE lost > 0 AND client IN (SELECT client FROM client_loss WHERE lost_us >= @since AND lost > 0) ORDER BY client, reason
        """;

    public const string Find = $"SELECT {Columns} FROM alert WHERE id = @id";
    public const string Open = $"SELECT {Columns} FROM alert WHERE cleared_us IS NULL ORDER BY raised_us DESC, id";
    public const string Newest = $"SELECT {Columns} FROM alert ORDER BY raised_us DESC, id LIMIT @limit";
    public const string CountOf = "SELECT COUNT(*) FROM alert WHERE kind = @kind AND about = @about";
    public const string OpenOf = "SELECT id FROM alert WHERE kind = @kind AND about = @about AND cleared_us IS NULL";

    public const string TakenBackSince = "SELECT entry, agent, bundle, by_policy, at_us FROM taken_back WHERE at_us >= @since ORDER BY entry";
    public const string Parked = """
        SELECT COUNT(*), MIN(recorded_us) FROM (
            SELECT recorded_us FROM correction WHERE is_parked = 1
             UNION ALL
            SELECT recorded_us FROM outcome WHERE is_parked = 1)
        """;
    public const string AgentsReleasing = "SELECT agent FROM agent_board WHERE release_id IS NOT NULL ORDER BY agent";
    // What counts is that the candidate was computed.
    public const string LastReached = "SELECT MAX(served_us) FROM exposure WHERE release_id = @release AND arm IN (@canary, @shadow)";
    // From one agent to the next by the index: DISTINCT would walk over every decision.
    public const string AgentsDeciding = """
        WITH RECURSIVE deciding (agent) AS (
            SELECT MIN(agent) FROM decision
             UNION ALL
            SELECT (SELECT MIN(d.agent) FROM decision d WHERE d.agent > deciding.agent) FROM deciding WHERE deciding.agent IS NOT NULL)
        SELECT agent FROM deciding WHERE agent IS NOT NULL
        """;
    // Newest first. A decision that people disagree on counts as corrected: somebody said that it was wrong.
    public const string Corrected = """
        SELECT EXISTS (SELECT 1 FROM correction c WHERE c.decision_id = d.id AND c.is_withdrawn = 0 AND c.verdict <> @confirm AND c.at_us <= d.occurred_us + @maturity)
          FROM decision d WHERE d.agent = @agent AND d.occurred_us <= @until ORDER BY d.occurred_us DESC, d.id DESC LIMIT @window
        """;
    public const string Dead = "SELECT webhook, COUNT(*) FROM delivery WHERE is_dead = 1 GROUP BY webhook ORDER BY webhook";

    public static Alert Row(SqliteDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4),
        row.IsDBNull(5) ? null : row.GetInt64(5), row.IsDBNull(6) ? null : row.GetInt64(6), row.IsDBNull(7) ? null : row.GetString(7));
}
