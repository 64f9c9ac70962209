using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Capturing.Logs;

/// <summary>Writes records in the log formats: what a reader reads back to the same record, and writes again to the same bytes.</summary>
internal sealed class LogWriter(Stream stream) : IDisposable
{
    private const int FlushAt = 64 * 1024;
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private readonly ArrayBufferWriter<byte> _bytes = new(2 * FlushAt);
    private readonly Utf8JsonWriter _json = new(Stream.Null, Options);

    /// <summary>Writes a decision.</summary>
    public void Write(Decision decision)
    {
        Begin();
        Text("id", decision.Id);
        Instant("occurredAt", decision.OccurredAt);
        Text("agent", decision.Agent);
        Text("taskType", decision.Context.TaskType);
        Raw("input", decision.Context.Text is { } text ? CanonicalJson.Quote(text) : "null");
        _json.WriteStartObject("features");
        foreach (var (name, value) in decision.Context.Features) Raw(name, CanonicalJson.Text(value));
        _json.WriteEndObject();
        _json.WriteStartObject("proposed");
        Action(decision.Proposed);
        _json.WriteEndObject();
        if (decision.Confidence is { } confidence) Raw("confidence", CanonicalJson.Number(confidence));
        else _json.WriteNull("confidence");
        Text("subject", decision.Subject);
        Text("correlationId", decision.CorrelationId);
        End();
    }

    /// <summary>Writes a correction.</summary>
    public void Write(Correction correction)
    {
        Begin();
        Text("decisionId", correction.DecisionId);
        Text("verdict", CorrectionJson.Name(correction.Verdict));
        if (correction.Action is { } action) Action(action);
        Text("reason", correction.Reason);
        Text("comment", correction.Comment);
        Text("by", correction.By);
        Instant("at", correction.At);
        Text("idempotencyKey", correction.Key);
        End();
    }

    /// <summary>Writes an outcome.</summary>
    public void Write(Outcome outcome)
    {
        Begin();
        Text("decisionId", outcome.DecisionId);
        Text("metric", outcome.Metric);
        if (outcome.Value is { } value) Raw("value", CanonicalJson.Number(value));
        if (outcome.Action is { } action) Action(action);
        Instant("at", outcome.At);
        End();
    }

    /// <summary>Writes what is left. The stream stays open.</summary>
    public void Dispose()
    {
        Flush();
        _json.Dispose();
    }

    private void Begin()
    {
        _json.Reset(_bytes);
        _json.WriteStartObject();
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _bytes.Write("\n"u8);
        if (_bytes.WrittenCount >= FlushAt) Flush();
    }

    private void Flush()
    {
        stream.Write(_bytes.WrittenSpan);
        _bytes.ResetWrittenCount();
    }

    private void Action(AgentAction action)
    {
        Text("action", action.Label);
        if (!action.Args.IsEmpty) Raw("args", action.Args.Json);
    }

    // The writer's own encoder would spell every character beyond the first plane in escapes.
    private void Text(string name, string? value)
    {
        if (value is not null) Raw(name, CanonicalJson.Quote(value));
    }

    private void Instant(string name, long micros) => _json.WriteString(name, CanonicalJson.Instant(micros));

    private void Raw(string name, string json)
    {
        _json.WritePropertyName(name);
        _json.WriteRawValue(json, skipInputValidation: true);
    }
}
