using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Emend.Engine.Journal;

namespace Emend.Engine.Messaging;

/// <summary>An event as it is sent: CloudEvents 1.0, structured JSON. The same entry always gives the same bytes, so that a message repeated is a message recognised.</summary>
/// <param name="Id">Id of the event, unique in the world; what receivers recognise repetitions by.</param>
/// <param name="Body">The bytes.</param>
internal sealed record CloudEvent(string Id, byte[] Body)
{
    public const string ContentType = "application/cloudevents+json; charset=utf-8";

    /// <summary>Event of one record of an entry; null when its type does not leave the house.</summary>
    public static CloudEvent? Of(string workspace, JournalEntry entry, int position)
    {
        if (EventCatalogue.FieldsOf(entry.Type) is not { } fields) return null;
        var record = entry.Records[position];
        return Write(
            string.Create(CultureInfo.InvariantCulture, $"{entry.EntryId:N}-{position}"), workspace, entry.Type, record.Id, entry.RecordedAt, entry.CorrelationId, entry.CausationId,
            json =>
            {
                foreach (var field in record.Fields)
                {
                    // Classes are checked too: a field that was marked personal since stays at home.
                    if (field.Json is null || field.Class > FieldClass.Internal || !fields.Contains(field.Path, StringComparer.Ordinal)) continue;
                    json.WritePropertyName(field.Path);
                    json.WriteRawValue(field.Json);
                }
            });
    }

    /// <summary>A message that tries a webhook out.</summary>
    public static CloudEvent Test(string id, string workspace, string webhook, long at) =>
        Write(id, workspace, EventCatalogue.Test, webhook, at, null, null, static json => json.WriteString("hello", "this is a test"));

    private static CloudEvent Write(string id, string workspace, string type, string subject, long at, string? correlation, string? causation, Action<Utf8JsonWriter> data)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("specversion", "1.0");
            json.WriteString("id", id);
            json.WriteString("source", "/emend/workspaces/" + workspace);
            json.WriteString("type", $"emend.{type}.v1");
            json.WriteString("subject", subject);
            json.WriteString("time", Microseconds.Instant(at).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("datacontenttype", "application/json");
            json.WriteString("dataclassification", "internal");
            if (correlation is not null) json.WriteString("correlationid", correlation);
            if (causation is not null) json.WriteString("causationid", causation);
            json.WriteStartObject("data");
            data(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return new(id, bytes.WrittenSpan.ToArray());
    }
}
