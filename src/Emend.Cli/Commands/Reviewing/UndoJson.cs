using System.Text.Json;
using Emend.Engine.Evaluating;
using Emend.Engine.Learning;

namespace Emend.Cli.Commands.Reviewing;

/// <summary>The difference a withdrawal makes, for machines.</summary>
internal static class UndoJson
{
    public static void Write(Utf8JsonWriter json, UndoPreview preview, EvaluationReport? report)
    {
        json.WriteStartObject();
        json.WriteString("agent", preview.Agent);
        json.WriteString("served", preview.Served);
        json.WriteString("rebuilt", preview.Instead?.Digest);
        json.WriteStartArray("rulesRemoved");
        foreach (var rule in preview.Rules?.Removed ?? []) json.WriteStringValue(rule.Id);
        json.WriteEndArray();
        json.WriteStartArray("rulesAdded");
        foreach (var rule in preview.Rules?.Added ?? []) json.WriteStringValue(rule.Id);
        json.WriteEndArray();
        json.WritePropertyName("replay");
        json.WriteRawValue(preview.Replay?.Canonical ?? "null");
        json.WritePropertyName("evaluation");
        json.WriteRawValue(report?.Canonical() ?? "null");
        json.WriteEndObject();
    }
}
