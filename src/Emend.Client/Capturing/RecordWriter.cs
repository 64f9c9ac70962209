using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Emend.Logic;
using Emend.Logic.Guidance;

namespace Emend.Client.Capturing;

/// <summary>Writes records as the lines a server takes: decisions, what was done with them, corrections, outcomes (docs/guide/log-files.md). One thread at a time.</summary>
internal sealed class RecordWriter : IDisposable
{
    private static readonly string[] Arms = ["stable", "canary", "shadow", "holdback"];
    private static readonly string[] Causes = ["none", "kill-switch", "guardrail", "rule", "corrector"];
    private static readonly string[] Dispositions = ["keep", "override", "patch", "block", "escalate"];
    private static readonly string[] Verdicts = ["confirm", "modify", "escalate", "reject"];

    private readonly ArrayBufferWriter<byte> _bytes = new(4_096);
    private readonly Utf8JsonWriter _json;

    public RecordWriter() => _json = new(_bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    /// <summary>A decision and, on a second line, what was done with it. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Decision(in RecordedDecision one, string agent)
    {
        Span<char> room = stackalloc char[36];
        var id = one.Result.Id.Text(room);
        var proposal = one.Proposal;
        Begin();
        _json.WriteString("id"u8, id);
        Instant("occurredAt"u8, one.At);
        _json.WriteString("agent"u8, agent);
        if (proposal.Context.TaskType is { } task) _json.WriteString("taskType"u8, task);
        if (proposal.Context.Text is { } text) Raw("input", CanonicalJson.Quote(text));
        if (!proposal.Context.Features.IsEmpty)
        {
            _json.WriteStartObject("features"u8);
            foreach (var (name, value) in proposal.Context.Features) Raw(name, CanonicalJson.Text(value));
            _json.WriteEndObject();
        }
        _json.WriteStartObject("proposed"u8);
        Action(proposal.Action);
        _json.WriteEndObject();
        if (proposal.Confidence is { } confidence) Raw("confidence", CanonicalJson.Number(confidence));
        if (proposal.Subject is { } subject) _json.WriteString("subject"u8, subject);
        if (proposal.CorrelationId is { } correlation) _json.WriteString("correlationId"u8, correlation);
        End();
        _bytes.Write("\n"u8);

        var result = one.Result;
        Open();
        _json.WriteString("decisionId"u8, id);
        Instant("at"u8, one.At);
        _json.WriteString("arm"u8, Arms[(int)result.Arm]);
        if (result.Release is { } release) _json.WriteString("release"u8, release);
        if (result.Release is not null) _json.WriteNumber("shareBp"u8, result.ShareBp);
        if (result.Bundle is { } bundle) _json.WriteString("bundle"u8, bundle);
        _json.WriteString("cause"u8, Causes[(int)result.Cause]);
        if (result.Rule is { } rule) _json.WriteString("rule"u8, rule);
        _json.WriteString("disposition"u8, Dispositions[(int)result.Disposition]);
        if (result.Action is { } final) Action(final);
        if (proposal.Guidance is { IsEmpty: false } guidance) Guidance(guidance);
        if (one.Inclusion < 1) Raw("inclusion", CanonicalJson.Number(one.Inclusion));
        End();
        return _bytes.WrittenSpan;
    }

    /// <summary>A correction. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Correction(Correction one, string key, long at)
    {
        Begin();
        _json.WriteString("decisionId"u8, one.DecisionId);
        _json.WriteString("verdict"u8, Verdicts[(int)one.Verdict]);
        if (one.Action is { } action) Action(action);
        if (one.Reason is { } reason) _json.WriteString("reason"u8, reason);
        if (one.Comment is { } comment) Raw("comment", CanonicalJson.Quote(comment));
        _json.WriteString("by"u8, one.By);
        Instant("at"u8, at);
        _json.WriteString("idempotencyKey"u8, key);
        End();
        return _bytes.WrittenSpan;
    }

    /// <summary>An outcome. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Outcome(Outcome one, long at)
    {
        Begin();
        _json.WriteString("decisionId"u8, one.DecisionId);
        _json.WriteString("metric"u8, one.Metric);
        if (one.Value is { } value) Raw("value", CanonicalJson.Number(value));
        if (one.Action is { } action) Action(action);
        Instant("at"u8, at);
        End();
        return _bytes.WrittenSpan;
    }

    public void Dispose() => _json.Dispose();

    private void Begin()
    {
        _bytes.ResetWrittenCount();
        Open();
    }

    private void Open()
    {
        _json.Reset();
        _json.WriteStartObject();
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
    }

    private void Action(AgentAction action)
    {
        _json.WriteString("action"u8, action.Label);
        if (!action.Args.IsEmpty) Raw("args", action.Args.Json);
    }

    private void Guidance(GuidanceExposure guidance)
    {
        _json.WriteStartObject("guidance"u8);
        _json.WriteString("bundle"u8, guidance.Bundle);
        Ids("shown", guidance.Shown);
        Ids("withheld", guidance.Withheld);
        _json.WriteEndObject();

        void Ids(string name, System.Collections.Immutable.ImmutableArray<string> ids)
        {
            _json.WriteStartArray(name);
            foreach (var id in ids) _json.WriteStringValue(id);
            _json.WriteEndArray();
        }
    }

    private void Instant(ReadOnlySpan<byte> name, long at) => _json.WriteString(name, CanonicalJson.Instant(at));

    private void Raw(string name, string json)
    {
        _json.WritePropertyName(name);
        _json.WriteRawValue(json, skipInputValidation: true);
    }
}
