using Emend.Engine.Journal;

namespace Emend.Engine.Normalizing;

/// <summary>A correction as the journal keeps it. Its submitter stands there by pseudonym.</summary>
internal static class CorrectionRecord
{
    /// <summary>Type of the entries.</summary>
    public const string Type = "corrections.accepted";

    /// <summary>The record of a correction.</summary>
    /// <param name="correction">The correction.</param>
    /// <param name="by">Pseudonym of its submitter.</param>
    /// <param name="subject">Whom the corrected decision is about, when that is known.</param>
    /// <param name="mark">Keyed mark of the arguments; null when there are none.</param>
    public static JournalRecord Write(Correction correction, Guid by, string? subject, string? mark)
    {
        var fields = new Fields();
        fields.Text("action", FieldClass.Internal, correction.Action?.Label);
        fields.Args(correction.Action, mark);
        fields.Add("at", FieldClass.Internal, FieldText.Of(correction.At));
        fields.Text("by", FieldClass.Internal, by.ToString("D"));
        fields.Text("comment", FieldClass.Personal, correction.Comment);
        fields.Text("decisionId", FieldClass.Internal, correction.DecisionId);
        fields.Text("key", FieldClass.Internal, correction.Key);
        fields.Text("reason", FieldClass.Internal, correction.Reason);
        fields.Text("source", FieldClass.Internal, correction.Source);
        fields.Text("verdict", FieldClass.Internal, CorrectionJson.Name(correction.Verdict));
        return new(correction.Id, subject, fields.Done());
    }

    /// <summary>The correction of a record; what was erased is missing from it.</summary>
    /// <param name="record">The record.</param>
    /// <param name="nameOf">Names behind pseudonyms; an erased one reads as its pseudonym.</param>
    public static Correction Read(JournalRecord record, Func<Guid, string?> nameOf)
    {
        var by = By(record);
        return new()
        {
            Id = record.Id,
            Source = record.Text("source"),
            Key = record.TextOrNull("key"),
            DecisionId = record.Text("decisionId"),
            Verdict = Verdict(record),
            Action = FieldText.Action(record),
            Reason = record.TextOrNull("reason"),
            Comment = record.TextOrNull("comment"),
            By = nameOf(by) ?? "erased-" + by.ToString("N"),
            At = FieldText.Instant(record, "at"),
        };
    }

    /// <summary>Pseudonym of the submitter.</summary>
    public static Guid By(JournalRecord record) => Guid.Parse(record.Text("by"));

    /// <summary>The verdict.</summary>
    public static CorrectionVerdict Verdict(JournalRecord record) => CorrectionJson.Verdict(record.Text("verdict"));

    /// <summary>Whether a correction says the same as a stored record, as far as the record can still be read.</summary>
    public static bool IsSame(Correction correction, Guid by, JournalRecord stored)
    {
        var record = Write(correction, by, null, null);
        foreach (var path in (ReadOnlySpan<string>)["action", "args", "at", "by", "comment", "decisionId", "reason", "verdict"])
        {
            if (stored[path] is { } json ? json != record[path] : record[path] is not null && !FieldText.IsErased(stored)) return false;
        }
        return true;
    }
}
