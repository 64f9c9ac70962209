using System.Text;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Emend.Logic;

namespace Emend.Engine.Capturing;

/// <summary>Every accepted signal by id, and whether the decision it is about has arrived.</summary>
internal sealed class SignalProjection : IProjection
{
    /// <summary>Type of the entries that withdraw corrections; a record's id is the correction's.</summary>
    public const string Withdrawn = "correction.withdrawn";

    public string Name => "signals";

    public IReadOnlyList<string> Tables { get; } = ["decision", "correction", "outcome"];

    public IReadOnlyList<string> DigestQueries { get; } = [SignalSql.DigestDecisions, SignalSql.DigestCorrections, SignalSql.DigestOutcomes];

    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        switch (entry.Type)
        {
            case DecisionRecord.Type: AddDecisions(work, entry); break;
            case CorrectionRecord.Type: AddCorrections(work, entry); break;
            case OutcomeRecord.Type: AddOutcomes(work, entry); break;
            case Withdrawn:
                foreach (var record in entry.Records) work.Command(SignalSql.Withdraw).Bind("@id", record.Id).ExecuteNonQuery();
                break;
            default: break;
        }
    }

    /// <summary>Ids as a JSON list, for statements that take many.</summary>
    public static string List(IEnumerable<string> ids)
    {
        var json = new StringBuilder("[");
        foreach (var id in ids)
        {
            if (json.Length > 1) json.Append(',');
            CanonicalJson.AppendQuoted(json, id);
        }
        return json.Append(']').ToString();
    }

    private static void AddDecisions(UnitOfWork work, JournalEntry entry)
    {
        var add = work.Command(SignalSql.AddDecision);
        for (var position = 0; position < entry.Records.Length; position++)
        {
            var record = entry.Records[position];
            add.Bind("@id", record.Id)
                .Bind("@agent", record.Text("agent"))
                .Bind("@at", FieldText.Instant(record, "at"))
                .Bind("@task", record.TextOrNull("taskType"))
                .Bind("@action", record.Text("action"))
                .Bind("@mark", record.TextOrNull("argsMark"))
                .Bind("@confidence", FieldText.Number(record["confidence"]))
                .Bind("@auditShare", FieldText.Number(record[DecisionRecord.AuditShare]))
                .Bind("@entry", entry.Index)
                .Bind("@position", position)
                .ExecuteNonQuery();
        }
        var ids = List(entry.Records.Select(static record => record.Id));
        work.Command(SignalSql.UnparkCorrections).Bind("@ids", ids).ExecuteNonQuery();
        work.Command(SignalSql.UnparkOutcomes).Bind("@ids", ids).ExecuteNonQuery();
    }

    private static void AddCorrections(UnitOfWork work, JournalEntry entry)
    {
        var add = work.Command(SignalSql.AddCorrection);
        for (var position = 0; position < entry.Records.Length; position++)
        {
            var record = entry.Records[position];
            add.Bind("@id", record.Id)
                .Bind("@decision", record.Text("decisionId"))
                .Bind("@verdict", (int)CorrectionRecord.Verdict(record))
                .Bind("@action", record.TextOrNull("action"))
                .Bind("@mark", record.TextOrNull("argsMark"))
                .Bind("@reason", record.TextOrNull("reason"))
                .Bind("@by", record.Text("by"))
                .Bind("@at", FieldText.Instant(record, "at"))
                .Bind("@entry", entry.Index)
                .Bind("@position", position)
                .Bind("@recorded", entry.RecordedAt)
                .ExecuteNonQuery();
        }
    }

    private static void AddOutcomes(UnitOfWork work, JournalEntry entry)
    {
        var add = work.Command(SignalSql.AddOutcome);
        for (var position = 0; position < entry.Records.Length; position++)
        {
            var record = entry.Records[position];
            add.Bind("@decision", record.Text("decisionId"))
                .Bind("@metric", record.Text("metric"))
                .Bind("@at", FieldText.Instant(record, "at"))
                .Bind("@value", FieldText.Number(record["value"]))
                .Bind("@action", record.TextOrNull("action"))
                .Bind("@entry", entry.Index)
                .Bind("@position", position)
                .Bind("@recorded", entry.RecordedAt)
                .ExecuteNonQuery();
        }
    }
}
