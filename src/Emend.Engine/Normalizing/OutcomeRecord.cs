using Emend.Engine.Journal;
using Emend.Logic;

namespace Emend.Engine.Normalizing;

/// <summary>An outcome as the journal keeps it.</summary>
internal static class OutcomeRecord
{
    /// <summary>Type of the entries.</summary>
    public const string Type = "outcomes.accepted";

    /// <summary>Id of an outcome: what is unique about it.</summary>
    public static string Id(Outcome outcome) => $"{outcome.DecisionId}\n{outcome.Metric}\n{CanonicalJson.Instant(outcome.At)}";

    /// <summary>The record of an outcome.</summary>
    public static JournalRecord Write(Outcome outcome, string? subject)
    {
        var fields = new Fields();
        fields.Text("action", FieldClass.Internal, outcome.Action?.Label);
        fields.Args(outcome.Action, null);
        fields.Add("at", FieldClass.Internal, FieldText.Of(outcome.At));
        fields.Text("decisionId", FieldClass.Internal, outcome.DecisionId);
        fields.Text("metric", FieldClass.Internal, outcome.Metric);
        if (outcome.Value is { } value) fields.Add("value", FieldClass.Internal, CanonicalJson.Number(value));
        return new(Id(outcome), subject, fields.Done());
    }

    /// <summary>The outcome of a record.</summary>
    public static Outcome Read(JournalRecord record) => new()
    {
        DecisionId = record.Text("decisionId"),
        Metric = record.Text("metric"),
        Value = FieldText.Number(record["value"]),
        Action = FieldText.Action(record),
        At = FieldText.Instant(record, "at"),
    };

    /// <summary>Whether an outcome says the same as a stored record, as far as the record can still be read.</summary>
    public static bool IsSame(Outcome outcome, JournalRecord stored)
    {
        var record = Write(outcome, null);
        return stored["value"] == record["value"] && stored["action"] == record["action"] && (FieldText.IsErased(stored) || stored["args"] == record["args"]);
    }
}
