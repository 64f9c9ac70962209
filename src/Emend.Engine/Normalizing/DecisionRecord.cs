using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Journal;
using Emend.Logic;

namespace Emend.Engine.Normalizing;

/// <summary>A decision as the journal keeps it. Features are one field per class of data, so that each is protected as its class asks.</summary>
/// <remarks>Features of class C4 are never stored. An instant among features is written <c>{"at":"…"}</c>, which no other feature can look like.</remarks>
internal static class DecisionRecord
{
    /// <summary>Type of the entries.</summary>
    public const string Type = "decisions.accepted";

    /// <summary>Path of the probability with which a decision could be drawn for review.</summary>
    public const string AuditShare = "auditShare";

    private static readonly string[] FeatureFields = ["features.c1", "features.c2", "features.c3"];

    /// <summary>The record of a decision.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="schema">Says the class of each feature.</param>
    /// <param name="mark">Keyed mark of the arguments; null when there are none.</param>
    /// <param name="auditShare">Probability with which it is drawn for review, drawn or not; 0: it cannot be.</param>
    public static JournalRecord Write(Decision decision, ContextSchema schema, string? mark, double auditShare = 0)
    {
        var fields = new Fields();
        fields.Text("action", FieldClass.Internal, decision.Proposed.Label);
        fields.Text("agent", FieldClass.Internal, decision.Agent);
        fields.Args(decision.Proposed, mark);
        fields.Add("at", FieldClass.Internal, FieldText.Of(decision.OccurredAt));
        if (auditShare > 0) fields.Add(AuditShare, FieldClass.Internal, CanonicalJson.Number(auditShare));
        if (decision.Confidence is { } confidence) fields.Add("confidence", FieldClass.Internal, CanonicalJson.Number(confidence));
        fields.Text("correlationId", FieldClass.Internal, decision.CorrelationId);
        for (var c = FieldClass.Internal; c <= FieldClass.Sensitive; c++)
            fields.Add(FeatureFields[(int)c - 1], c, Features(decision.Context.Features, schema, c));
        fields.Text("input", FieldClass.Personal, decision.Context.Text);
        fields.Text("taskType", FieldClass.Internal, decision.Context.TaskType);
        return new(decision.Id, decision.Subject, fields.Done());
    }

    /// <summary>The decision of a record; what was erased is missing from it.</summary>
    public static Decision Read(JournalRecord record)
    {
        var features = ImmutableArray.CreateBuilder<Feature>();
        var groups = 0;
        foreach (var path in FeatureFields)
        {
            if (record[path] is not { } json) continue;
            groups++;
            ReadFeatures(json, features);
        }
        if (groups > 1) features.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new()
        {
            Id = record.Id,
            OccurredAt = FieldText.Instant(record, "at"),
            Agent = record.Text("agent"),
            Context = Context.OfSorted(features.DrainToImmutable(), record.TextOrNull("taskType"), record.TextOrNull("input")),
            Proposed = FieldText.Action(record)!,
            Confidence = FieldText.Number(record["confidence"]),
            Subject = record.Subject,
            CorrelationId = record.TextOrNull("correlationId"),
        };
    }

    /// <summary>Whether a decision says the same as a stored record, as far as the record can still be read.</summary>
    public static bool IsSame(Decision decision, ContextSchema schema, JournalRecord stored)
    {
        var erased = FieldText.IsErased(stored);
        if (!erased)
        {
            // Through the record and back, so that features that are never stored are not missed.
            var again = Read(Write(decision, schema, null));
            var before = Read(stored);
            return again.Subject == before.Subject && again.OccurredAt == before.OccurredAt && again.Agent == before.Agent
                && again.Proposed == before.Proposed && again.Confidence.Equals(before.Confidence) && again.CorrelationId == before.CorrelationId
                && again.Context.Text == before.Context.Text && again.Context.TaskType == before.Context.TaskType
                && again.Context.Features.AsSpan().SequenceEqual(before.Context.Features.AsSpan());
        }
        var record = Write(decision, schema, null);
        return Array.TrueForAll(["action", "agent", "at", "confidence", "correlationId", "taskType"], path => stored[path] == record[path]);
    }

    private static string? Features(ImmutableArray<Feature> features, ContextSchema schema, FieldClass @class)
    {
        StringBuilder? json = null;
        foreach (var (name, value) in features)
        {
            var of = schema.Find(name)?.Class ?? FieldClass.Personal;
            if ((of == FieldClass.Public ? FieldClass.Internal : of) != @class) continue;
            json = json is null ? new StringBuilder(128).Append('{') : json.Append(',');
            CanonicalJson.AppendQuoted(json, name);
            json.Append(':').Append(value.Kind == FeatureKind.Timestamp ? $"{{\"at\":{CanonicalJson.Text(value)}}}" : CanonicalJson.Text(value));
        }
        return json?.Append('}').ToString();
    }

    private static void ReadFeatures(string json, ImmutableArray<Feature>.Builder to)
    {
        var bytes = System.Buffers.ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(json.Length));
        try
        {
            var reader = new Utf8JsonReader(bytes.AsSpan(0, Encoding.UTF8.GetBytes(json, bytes)));
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                to.Add(new(name, Value(ref reader)));
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        }
    }

    private static FeatureValue Value(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String: return FeatureValue.Of(reader.GetString());
            case JsonTokenType.Number: return FeatureValue.Of(reader.GetDouble());
            case JsonTokenType.True or JsonTokenType.False: return FeatureValue.Of(reader.GetBoolean());
            case JsonTokenType.StartArray:
                var set = new List<string>();
                while (reader.Read() && reader.TokenType == JsonTokenType.String) set.Add(reader.GetString()!);
                return FeatureValue.OfSet(set);
            case JsonTokenType.StartObject:
                reader.Read();
                reader.Read();
                var wrong = InstantText.Read(reader.ValueSpan, out var micros);
                reader.Read();
                return wrong is null ? FeatureValue.OfMicroseconds(micros) : throw new InvalidDataException("a feature's instant " + wrong);
            default: return default;
        }
    }
}
