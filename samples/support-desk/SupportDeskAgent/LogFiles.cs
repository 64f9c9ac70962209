using System.Text.Encodings.Web;
using System.Text.Json;

namespace SupportDeskAgent;

/// <summary>Emend's log files as bytes: JSON Lines, UTF-8 without a byte order mark, LF.</summary>
internal static class LogFiles
{
    public const string Agent = "support-router";
    public const string TaskType = "route_ticket";

    // The files are read by people and never put into a page: only what JSON itself requires is escaped.
    private static readonly JsonWriterOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions Indented = OneLine with { Indented = true, NewLine = "\n" };

    public static byte[] Decisions(IEnumerable<Decision> decisions) => Lines(decisions, (json, decision) =>
    {
        var ticket = decision.Ticket;
        json.WriteString("id", ticket.Id);
        json.WriteString("occurredAt", Instant(decision.Second));
        json.WriteString("agent", Agent);
        json.WriteString("taskType", TaskType);
        json.WriteString("input", ticket.Text);
        json.WriteStartObject("features");
        json.WriteString("channel", ticket.Channel);
        json.WriteBoolean("vip", ticket.Vip);
        json.WriteString("country", ticket.Country);
        if (ticket.OrderValue is { } value) json.WriteNumber("order_value", value / 1.000m);   // 79.90 -> 79.9
        if (ticket.DaysSinceOrder is { } days) json.WriteNumber("days_since_order", days);
        if (ticket.OrderStatus is { } status) json.WriteString("order_status", status);
        json.WriteEndObject();
        json.WriteStartObject("proposed");
        json.WriteString("action", decision.Proposal.Queue);
        json.WriteEndObject();
        json.WriteNumber("confidence", decision.Proposal.Confidence);
        json.WriteString("subject", ticket.Customer);
        json.WriteString("correlationId", $"case-{ticket.Id[3..]}");
    });

    public static byte[] Outcomes(IEnumerable<Outcome> outcomes) => Lines(outcomes, (json, outcome) =>
    {
        json.WriteString("decisionId", outcome.Decision.Ticket.Id);
        json.WriteString("metric", outcome.Metric);
        if (outcome.Queue is { } queue) json.WriteString("action", queue);
        if (outcome.Value is { } value) json.WriteNumber("value", value);
        json.WriteString("at", Instant(outcome.Second));
    });

    public static byte[] Corrections(IEnumerable<Correction> corrections) => Lines(corrections, (json, correction) =>
    {
        json.WriteString("decisionId", correction.Decision.Ticket.Id);
        json.WriteString("verdict", correction.Verdict);
        if (correction.Move is { } queue) json.WriteString("action", queue);
        if (correction.Reason is { } reason) json.WriteString("reason", reason);
        if (correction.Comment is { } comment) json.WriteString("comment", comment);
        json.WriteString("by", correction.By);
        json.WriteString("at", Instant(correction.Second));
        json.WriteString("idempotencyKey", correction.IdempotencyKey);
    });

    public static byte[] Catalogue(IReadOnlyList<string> queues)
    {
        var known = OldHandbook.Queues.Select(q => q.Queue).ToList();
        return Write(Indented, json =>
        {
            json.WriteStartObject();
            json.WriteString("agent", Agent);
            WriteArray(json, "taskTypes", [TaskType]);
            WriteArray(json, "actions", queues);
            WriteArray(json, "reasons", ["wrong-queue", "renamed-queue", "split-queue", "policy"]);
            json.WriteStartObject("features");
            json.WriteString("channel", "string");
            json.WriteString("vip", "boolean");
            json.WriteString("country", "string");
            json.WriteString("order_value", "number");
            json.WriteString("days_since_order", "number");
            json.WriteString("order_status", "string");
            json.WriteEndObject();
            WriteArray(json, "inPromptButNotValid", known.Except(queues, StringComparer.Ordinal).Order(StringComparer.Ordinal));
            WriteArray(json, "validButNotInPrompt", queues.Except(known, StringComparer.Ordinal));
            json.WriteEndObject();
        });
    }

    private static string Instant(long second) => OfficeClock.At(second).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static void WriteArray(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static byte[] Lines<T>(IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        using var lines = new MemoryStream();
        foreach (var item in items)
        {
            lines.Write(Write(OneLine, json =>
            {
                json.WriteStartObject();
                write(json, item);
                json.WriteEndObject();
            }));
        }

        return lines.ToArray();
    }

    private static byte[] Write(JsonWriterOptions options, Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, options))
            write(json);
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }
}
