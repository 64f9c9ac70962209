using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;

namespace Emend.Engine.Trust;

/// <summary>Whose word counts, and which answers are known. Takes entries in before standings are derived, which depend on it.</summary>
internal sealed class TrustProjection : IProjection
{
    /// <summary>Type of the entries that put submitters into quarantine; a record's id is the pseudonym.</summary>
    public const string Quarantined = "trust.quarantined";
    /// <summary>Type of the entries that let them out.</summary>
    public const string Released = "trust.released";
    /// <summary>Type of the entries that make a decision a gold item; a record's id is the decision's.</summary>
    public const string GoldAdded = "trust.gold-added";
    /// <summary>Type of the entries that make it none.</summary>
    public const string GoldRemoved = "trust.gold-removed";

    public string Name => "trust";

    public IReadOnlyList<string> Tables { get; } = ["trust_word", "quarantine", "gold_word", "gold_item"];

    public IReadOnlyList<string> DigestQueries { get; } = [TrustSql.DigestQuarantine, TrustSql.DigestWords, TrustSql.DigestGold];

    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        switch (entry.Type)
        {
            case Quarantined or Released: TakeWords(work, entry); break;
            case GoldAdded or GoldRemoved: TakeGold(work, entry); break;
            default: break;
        }
    }

    private static void TakeWords(UnitOfWork work, JournalEntry entry)
    {
        for (var position = 0; position < entry.Records.Length; position++)
        {
            var record = entry.Records[position];
            work.Command(TrustSql.AddWord)
                .Bind("@principal", record.Id)
                .Bind("@at", FieldText.Instant(record, "at"))
                .Bind("@kind", entry.Type == Quarantined ? 1 : 0)
                .Bind("@by", ReleasingProjection.PersonOf(work, entry.Actor))
                .Bind("@entry", entry.Index)
                .Bind("@position", position)
                .ExecuteNonQuery();
            // The latest word prevails, whichever arrived last.
            work.Command(TrustSql.Enter).Bind("@principal", record.Id).ExecuteNonQuery();
            work.Command(TrustSql.Leave).Bind("@principal", record.Id).ExecuteNonQuery();
        }
    }

    private static void TakeGold(UnitOfWork work, JournalEntry entry)
    {
        for (var position = 0; position < entry.Records.Length; position++)
        {
            var record = entry.Records[position];
            work.Command(TrustSql.AddGoldWord)
                .Bind("@decision", record.Id)
                .Bind("@at", FieldText.Instant(record, "at"))
                .Bind("@kind", entry.Type == GoldAdded ? 1 : 0)
                .Bind("@agent", record.Text("agent"))
                .Bind("@action", record.TextOrNull("action"))
                .Bind("@mark", record.TextOrNull("argsMark"))
                .Bind("@by", ReleasingProjection.PersonOf(work, entry.Actor))
                .Bind("@entry", entry.Index)
                .Bind("@position", position)
                .ExecuteNonQuery();
            work.Command(TrustSql.PutGold).Bind("@decision", record.Id).ExecuteNonQuery();
            work.Command(TrustSql.DropGold).Bind("@decision", record.Id).ExecuteNonQuery();
        }
    }
}
