using System.Collections.Immutable;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Privacy;
using Emend.Engine.Storage;
using Emend.Engine.Trust;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Reviewing;

/// <summary>Where every judged decision stands. Derived again whenever anything it depends on changes; takes entries in after agents and signals.</summary>
internal sealed class ReviewProjection : IProjection
{
    private const char Separator = '\n';
    private const int Chunk = 1_000;

    // The definition parsed last, by its text: thousands of rulings in a row ask for the same.
    private (string Text, AgentDefinition Agent)? _parsed;

    /// <summary>Told, on the writer and before the commit, of each agent with an open change envelope on whose decision something new was said.</summary>
    public Action<string>? Derived { get; set; }

    /// <summary>Told, on the writer and before the commit, that a subject is being erased: what is kept in memory of decisions has to go.</summary>
    public Action? Erased { get; set; }

    public string Name => "reviews";

    public IReadOnlyList<string> Tables { get; } = ["verdict", "ruling", "audit"];

    public IReadOnlyList<string> DigestQueries { get; } = [ReviewSql.DigestRulings, ReviewSql.DigestVerdicts, ReviewSql.DigestAudits];

    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        switch (entry.Type)
        {
            case DecisionRecord.Type:
                var ids = SignalProjection.List(entry.Records.Select(static record => record.Id));
                Derive(work, SignalRows.All(work.Command(SignalSql.Corrected).Bind("@ids", ids), static row => row.GetString(0)));
                break;
            case CorrectionRecord.Type:
                Derive(work, entry.Records.Select(static record => record.Text("decisionId")));
                break;
            case SignalProjection.Withdrawn:
                Derive(work, entry.Records.Select(static record => record.Text("decisionId")));
                break;
            case VerdictRecord.Type:
                foreach (var (record, position) in entry.Records.Select(static (record, i) => (record, i))) AddVerdict(work, entry, record, position);
                Derive(work, entry.Records.Select(static record => record.Text("decisionId")));
                break;
            case AuditDraw.Type:
                foreach (var record in entry.Records) AddAudit(work, entry, record);
                Derive(work, entry.Records.Select(static record => record.Id));
                break;
            // Another envelope, catalogue or risk class may put corrections into another lane.
            case AgentProjection.Registered or AgentProjection.Changed:
                foreach (var record in entry.Records)
                    Derive(work, SignalRows.All(work.Command(ReviewSql.JudgedOfAgent).Bind("@agent", record.Id), static row => row.GetString(0)));
                break;
            // Everything they said or ruled is looked at again without it, or with it.
            case TrustProjection.Quarantined or TrustProjection.Released:
                foreach (var record in entry.Records)
                    Derive(work, SignalRows.All(work.Command(TrustSql.Judged).Bind("@principal", record.Id), static row => row.GetString(0)));
                break;
            case EraseSubject.EntryType: Erased?.Invoke(); break;
            default: break;
        }
    }

    /// <summary>A row of the standing of a decision.</summary>
    public static (string DecisionId, Standing Standing) Row(SqliteDataReader row) => (row.GetString(0), new()
    {
        Lane = (Lane)row.GetInt32(1),
        IsRuled = row.GetInt32(2) != 0,
        IsContested = row.GetInt32(3) != 0,
        IsWrong = row.GetInt32(4) != 0,
        // The mark is of no use outside the writer: readers take the arguments from the record.
        Truth = row.IsDBNull(5) ? null : new MarkedAction(row.GetString(5), null),
        From = (TruthFrom)row.GetInt32(6),
        FromId = SignalRows.Text(row, 7),
        Corrections = Split(row.GetString(8)),
        At = row.GetInt64(9),
        RuledBy = row.IsDBNull(10) ? null : SignalRows.Principal(row, 10),
        Why = row.GetString(11),
        Propensity = row.IsDBNull(12) ? null : row.GetDouble(12),
    });

    /// <summary>A row of a draw.</summary>
    public static AuditFacts Audit(SqliteDataReader row) => new(row.GetString(0), row.GetDouble(1), row.GetInt64(2), row.GetInt64(3));

    /// <summary>A row of what a person ruled.</summary>
    public static VerdictFacts Verdict(SqliteDataReader row) => new(
        row.GetString(0),
        SignalRows.Principal(row, 1),
        row.GetInt64(2),
        (CorrectionVerdict)row.GetInt32(3),
        row.IsDBNull(4) ? null : new MarkedAction(row.GetString(4), SignalRows.Text(row, 5)),
        Split(row.GetString(6)),
        new(row.GetInt64(7), row.GetInt32(8))) { IsQuarantined = row.GetInt32(9) != 0 };

    // All that was said about the decisions of an entry is read at once: a statement for each would cost more than the ruling.
    private void Derive(UnitOfWork work, IEnumerable<string> decisions)
    {
        foreach (var ids in decisions.Distinct(StringComparer.Ordinal).Chunk(Chunk))
        {
            var definitions = new Dictionary<string, AgentDefinition>(StringComparer.Ordinal);
            string? told = null;
            foreach (var signals in SignalsOf.Read(work, SignalProjection.List(ids)))
            {
                var decision = signals.Decision;
                if (!definitions.TryGetValue(decision.Agent, out var agent)) definitions.Add(decision.Agent, agent = Agent(work, decision.Agent));
                if (Standing.Of(signals, agent) is { } standing) Put(work, decision, standing);
                else work.Command(ReviewSql.DropRuling).Bind("@decision", decision.Id).ExecuteNonQuery();
                // Nothing follows by itself from what was said to an agent whose envelope is closed.
                if (agent.Envelope.IsOpen && !string.Equals(told, decision.Agent, StringComparison.Ordinal)) Derived?.Invoke(told = decision.Agent);
            }
        }
    }

    private static void Put(UnitOfWork work, DecisionFacts decision, Standing standing)
    {
        work.Command(ReviewSql.PutRuling)
            .Bind("@decision", decision.Id)
            .Bind("@agent", decision.Agent)
            .Bind("@lane", (int)standing.Lane)
            .Bind("@ruled", standing.IsRuled ? 1 : 0)
            .Bind("@contested", standing.IsContested ? 1 : 0)
            .Bind("@wrong", standing.IsWrong ? 1 : 0)
            .Bind("@truth", standing.Truth?.Label)
            .Bind("@from", (int)standing.From)
            .Bind("@fromId", standing.FromId)
            .Bind("@corrections", string.Join(Separator, standing.Corrections))
            .Bind("@at", standing.At)
            .Bind("@by", standing.RuledBy?.ToString("D"))
            .Bind("@why", standing.Why)
            .Bind("@propensity", standing.Propensity)
            .Bind("@waits", standing.Waits ? 1 : 0)
            .ExecuteNonQuery();
        ReviewingTelemetry.Derived(standing);
    }

    private AgentDefinition Agent(UnitOfWork work, string id)
    {
        using var row = work.Command(AgentSql.Find).Bind("@id", id).ExecuteReader();
        if (!row.Read()) return new() { Id = id };
        var text = row.GetString(1);
        if (_parsed?.Text != text) _parsed = (text, AgentJson.Read(text));
        return _parsed.Value.Agent;
    }

    private static void AddAudit(UnitOfWork work, JournalEntry entry, JournalRecord record) =>
        work.Command(ReviewSql.AddAudit)
            .Bind("@decision", record.Id)
            .Bind("@agent", record.Text("agent"))
            .Bind("@propensity", FieldText.Number(record["propensity"]))
            .Bind("@at", FieldText.Instant(record, "at"))
            .Bind("@entry", entry.Index)
            .ExecuteNonQuery();

    private static void AddVerdict(UnitOfWork work, JournalEntry entry, JournalRecord record, int position) =>
        work.Command(ReviewSql.AddVerdict)
            .Bind("@id", record.Id)
            .Bind("@decision", record.Text("decisionId"))
            .Bind("@by", record.Text("by"))
            .Bind("@at", FieldText.Instant(record, "at"))
            .Bind("@kind", (int)CorrectionRecord.Verdict(record))
            .Bind("@action", record.TextOrNull("action"))
            .Bind("@mark", record.TextOrNull("argsMark"))
            .Bind("@considered", record.Text("considered"))
            .Bind("@entry", entry.Index)
            .Bind("@position", position)
            .ExecuteNonQuery();

    private static ImmutableArray<string> Split(string ids) => ids.Length == 0 ? [] : [.. ids.Split(Separator)];
}
