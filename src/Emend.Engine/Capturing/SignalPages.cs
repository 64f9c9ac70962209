using System.Globalization;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Capturing;

/// <summary>A page of a list and where the next begins.</summary>
/// <param name="Items">The items.</param>
/// <param name="Next">Cursor of the next page; null: this is the last.</param>
/// <param name="Total">How many there are, counted no further than <see cref="SignalPages.CountLimit"/>.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next, long Total);

/// <summary>Lists of decisions and corrections, newest first, a page at a time. What a page costs does not depend on how many there are.</summary>
/// <remarks>Lists hold nothing personal: protected fields are not even decrypted for them.</remarks>
internal sealed class SignalPages(IWorkspaceStore store)
{
    /// <summary>Counting stops here: nobody pages through more, and a count of millions is a walk over all of them.</summary>
    public const int CountLimit = 10_000;
    /// <summary>Largest page.</summary>
    public const int MostItems = 500;

    private const string DecisionColumns = "id, agent, occurred_us, task_type, action, args_mark, confidence, entry, position, seq";
    private const string CorrectionColumns = "id, decision_id, verdict, action, args_mark, reason, principal, at_us, is_parked, is_withdrawn, entry, position, EXISTS (SELECT 1 FROM quarantine q WHERE q.principal = correction.principal), seq";

    private const string Decisions = $"SELECT {DecisionColumns} FROM decision WHERE seq < @seq ORDER BY seq DESC LIMIT @limit";
    private const string DecisionsOfAgent = $"""
        SELECT {DecisionColumns} FROM decision
         WHERE agent = @agent AND (occurred_us, seq) < (@at, @seq) ORDER BY occurred_us DESC, seq DESC LIMIT @limit
        """;
    private const string Corrections = $"SELECT {CorrectionColumns} FROM correction WHERE seq < @seq ORDER BY seq DESC LIMIT @limit";
    private const string CorrectionsOfPerson = $"SELECT {CorrectionColumns} FROM correction WHERE principal = @by AND seq < @seq ORDER BY seq DESC LIMIT @limit";
    private const string CorrectionsOfDecision = $"SELECT {CorrectionColumns} FROM correction WHERE decision_id = @decision AND (@by IS NULL OR principal = @by) AND seq < @seq ORDER BY seq DESC LIMIT @limit";

    private const string CountDecisions = "SELECT count(*) FROM (SELECT 1 FROM decision LIMIT @most)";
    private const string CountDecisionsOfAgent = "SELECT count(*) FROM (SELECT 1 FROM decision WHERE agent = @agent LIMIT @most)";
    private const string CountCorrections = "SELECT count(*) FROM (SELECT 1 FROM correction LIMIT @most)";
    private const string CountCorrectionsOfPerson = "SELECT count(*) FROM (SELECT 1 FROM correction WHERE principal = @by LIMIT @most)";
    private const string CountCorrectionsOfDecision = "SELECT count(*) FROM (SELECT 1 FROM correction WHERE decision_id = @decision AND (@by IS NULL OR principal = @by) LIMIT @most)";

    /// <summary>Decisions: of an agent by the time they happened, of all agents by their arrival.</summary>
    /// <returns>Null when the cursor is none of ours.</returns>
    public Page<(Decision Decision, RecordAt At)>? DecisionsPage(string? agent, string? cursor, int limit)
    {
        if (Read(cursor) is not var (at, seq)) return null;
        var (rows, total) = store.Read(connection =>
        {
            var select = connection.Prepared(agent is null ? Decisions : DecisionsOfAgent).Bind("@seq", seq).Bind("@limit", limit + 1);
            var count = connection.Prepared(agent is null ? CountDecisions : CountDecisionsOfAgent).Bind("@most", CountLimit);
            if (agent is not null)
            {
                select.Bind("@agent", agent).Bind("@at", at);
                count.Bind("@agent", agent);
            }
            return (SignalRows.All(select, static row => (Facts: SignalRows.Decision(row), Seq: row.GetInt64(9))), (long)count.ExecuteScalar()!);
        });
        var more = rows.Count > limit;
        if (more) rows.RemoveAt(limit);
        var records = store.OpenRecords(rows.ConvertAll(static row => (row.Facts.At.Entry, row.Facts.At.Position)));
        return new(
            [.. rows.Select((row, i) => (DecisionRecord.Read(records[i]), row.Facts.At))],
            more ? Write(rows[^1].Facts.OccurredAt, rows[^1].Seq) : null,
            total);
    }

    /// <summary>Corrections by their arrival.</summary>
    /// <param name="decision">Only of this decision; null: of all.</param>
    /// <param name="by">Only of this person; null: of all.</param>
    /// <param name="cursor">Where to go on; null: at the newest.</param>
    /// <param name="limit">At most so many.</param>
    /// <returns>Null when the cursor is none of ours.</returns>
    public Page<KnownCorrection>? CorrectionsPage(string? decision, string? by, string? cursor, int limit)
    {
        if (Read(cursor) is not var (_, seq)) return null;
        var person = by is null ? null : store.PrincipalOf(by).ToString("D");
        var (page, counted) = decision is not null ? (CorrectionsOfDecision, CountCorrectionsOfDecision) : person is not null ? (CorrectionsOfPerson, CountCorrectionsOfPerson) : (Corrections, CountCorrections);
        var (rows, total) = store.Read(connection =>
        {
            var select = connection.Prepared(page).Bind("@seq", seq).Bind("@limit", limit + 1);
            var count = connection.Prepared(counted).Bind("@most", CountLimit);
            foreach (var command in (SqliteCommand[])[select, count])
            {
                if (decision is not null) command.Bind("@decision", decision);
                if (decision is not null || person is not null) command.Bind("@by", person);
            }
            return (SignalRows.All(select, static row => (Facts: SignalRows.Correction(row), Seq: row.GetInt64(13))), (long)count.ExecuteScalar()!);
        });
        var more = rows.Count > limit;
        if (more) rows.RemoveAt(limit);
        var records = store.OpenRecords(rows.ConvertAll(static row => (row.Facts.Record.Entry, row.Facts.Record.Position)));
        return new(
            [.. rows.Select((row, i) => new KnownCorrection(CorrectionRecord.Read(records[i], store.NameOf), row.Facts.IsParked, row.Facts.IsWithdrawn, row.Facts.Record) { IsQuarantined = row.Facts.IsQuarantined })],
            more ? Write(rows[^1].Facts.At, rows[^1].Seq) : null,
            total);
    }

    // A cursor is a place, not a page number: what arrives meanwhile moves nothing.
    private static string Write(long at, long seq) => string.Create(CultureInfo.InvariantCulture, $"{at}.{seq}");

    private static (long At, long Seq)? Read(string? cursor)
    {
        if (cursor is null) return (long.MaxValue, long.MaxValue);
        return cursor.Split('.') is [var at, var seq] && long.TryParse(at, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var a) && long.TryParse(seq, NumberStyles.None, CultureInfo.InvariantCulture, out var s)
            ? (a, s)
            : null;
    }
}
