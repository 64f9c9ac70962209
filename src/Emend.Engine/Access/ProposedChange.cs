using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Access;

/// <summary>What one person asked for and takes a second.</summary>
/// <param name="Id">Its id.</param>
/// <param name="What">The route or use case, as documents name it.</param>
/// <param name="Permission">Name of the permission it takes; the second person holds it too.</param>
/// <param name="By">Pseudonym of who asked.</param>
/// <param name="AskedAt">When.</param>
/// <param name="ExpiresAt">When it lapses.</param>
/// <param name="ConfirmedBy">Pseudonym of the second person; null while nobody confirmed it.</param>
/// <param name="RejectedBy">Pseudonym of who said no.</param>
/// <param name="UsedAt">When it was done; null while it was not.</param>
/// <param name="Entry">The journal entry that holds the request.</param>
internal sealed record ProposedChange(
    string Id, string What, string Permission, string By, long AskedAt, long ExpiresAt, string? ConfirmedBy, string? RejectedBy, long? UsedAt, long Entry)
{
    /// <summary>Whether something can still come of it.</summary>
    public bool IsOpenAt(long at) => RejectedBy is null && UsedAt is null && at < ExpiresAt;
}

/// <summary>Reads proposals.</summary>
internal sealed class Proposals(IWorkspaceStore store, TimeProvider clock)
{
    /// <summary>Those that wait for a second person or to be done, newest first.</summary>
    public IReadOnlyList<ProposedChange> Open(int limit) => store.Read(connection => SignalRows.All(
        connection.Prepared(ProposalSql.Open).Bind("@now", Microseconds.Of(clock.GetUtcNow())).Bind("@limit", limit), ProposalSql.Row));

    /// <summary>One; null when there is none of this id.</summary>
    public ProposedChange? Find(string id) => store.Read(connection => SignalRows.All(connection, ProposalSql.Find, "@id", id, ProposalSql.Row)).FirstOrDefault();

    /// <summary>What was asked for, word by word; null once it was erased.</summary>
    public string? RequestOf(ProposedChange proposal) => store.Record(proposal.Entry, 0).TextOrNull(ProposalProjection.Request);

    /// <summary>Names what the second person was shown.</summary>
    public string ShownOf(ProposedChange proposal) => Shown.Of(proposal.Id, proposal.What, proposal.By, RequestOf(proposal));
}

/// <summary>Takes proposals in.</summary>
internal sealed class ProposalProjection : IProjection
{
    public const string Asked = "second-person.asked", Confirmed = "second-person.confirmed", Rejected = "second-person.rejected", Used = "second-person.used";

    /// <summary>Field with the request: it may hold tokens and names of people.</summary>
    public const string Request = "request";

    public string Name => "proposals";

    public IReadOnlyList<string> Tables { get; } = ["proposal"];

    public IReadOnlyList<string> DigestQueries { get; } = ["SELECT id, what, permission, name_of(principal), at_us, expires_us, name_of(confirmed_by), name_of(rejected_by), used_us FROM proposal ORDER BY id"];

    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        if (entry.Type is not (Asked or Confirmed or Rejected or Used)) return;
        var record = entry.Records[0];
        var by = ReleasingProjection.PersonOf(work, entry.Actor);
        var command = entry.Type switch
        {
            Asked => work.Command(ProposalSql.Add).Bind("@what", record.Text("what")).Bind("@permission", record.Text("permission")).Bind("@request", record.Text("mark"))
                .Bind("@by", by).Bind("@at", entry.OccurredAt).Bind("@expires", record.Number("until")).Bind("@entry", entry.Index),
            Confirmed => work.Command(ProposalSql.Confirm).Bind("@by", by),
            Rejected => work.Command(ProposalSql.Reject).Bind("@by", by),
            _ => work.Command(ProposalSql.Use).Bind("@at", entry.OccurredAt),
        };
        command.Bind("@id", record.Id).ExecuteNonQuery();
    }
}

internal static class ProposalSql
{
    private const string Columns = "id, what, permission, principal, at_us, expires_us, confirmed_by, rejected_by, used_us, entry";

    public const string Add = """
        INSERT INTO proposal (id, what, permission, request, principal, at_us, expires_us, entry)
        VALUES (@id, @what, @permission, @request, @by, @at, @expires, @entry) ON CONFLICT (id) DO NOTHING
        """;
    public const string Confirm = "UPDATE proposal SET confirmed_by = @by WHERE id = @id";
    public const string Reject = "UPDATE proposal SET rejected_by = @by WHERE id = @id";
    public const string Use = "UPDATE proposal SET used_us = @at WHERE id = @id";

    public const string Find = $"SELECT {Columns} FROM proposal WHERE id = @id";
    public const string OfRequest = $"SELECT {Columns} FROM proposal WHERE principal = @by AND request = @request AND rejected_by IS NULL AND used_us IS NULL AND expires_us > @now";
    // None lasts longer than a day, so the newest are all that can be open.
    public const string Open = $"SELECT {Columns} FROM proposal WHERE rejected_by IS NULL AND used_us IS NULL AND expires_us > @now ORDER BY at_us DESC, id DESC LIMIT @limit";

    public static ProposedChange Row(SqliteDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4), row.GetInt64(5),
        SignalRows.Text(row, 6), SignalRows.Text(row, 7), row.IsDBNull(8) ? null : row.GetInt64(8), row.GetInt64(9));
}
