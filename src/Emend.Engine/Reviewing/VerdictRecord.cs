using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Reviewing;

/// <summary>What a person ruled, as the journal keeps it. Their words are personal data and stay in the record.</summary>
internal static class VerdictRecord
{
    /// <summary>Type of the entries.</summary>
    public const string Type = "ruling.recorded";

    /// <summary>The record of a ruling.</summary>
    public static JournalRecord Write(RecordRuling ask, Guid by, long at, IEnumerable<string> considered, string? subject, string? mark)
    {
        var fields = new Fields();
        fields.Text("action", FieldClass.Internal, ask.Action?.Label);
        fields.Args(ask.Action, mark);
        fields.Add("at", FieldClass.Internal, FieldText.Of(at));
        fields.Text("by", FieldClass.Internal, by.ToString("D"));
        fields.Text("considered", FieldClass.Internal, string.Join('\n', considered));
        fields.Text("decisionId", FieldClass.Internal, ask.DecisionId);
        fields.Text("verdict", FieldClass.Internal, CorrectionJson.Name(ask.Verdict));
        fields.Text("why", FieldClass.Personal, ask.Why);
        return new(Id(ask, at), subject, fields.Done());
    }

    /// <summary>The reason the person gave; null once it was erased.</summary>
    public static string? Why(JournalRecord record) => record.TextOrNull("why");

    // Repeating the request at the same instant is the same ruling.
    private static string Id(RecordRuling ask, long at) =>
        "r-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{ask.DecisionId}\n{ask.By.Name}\n{CanonicalJson.Instant(at)}")).AsSpan(0, 12));
}
