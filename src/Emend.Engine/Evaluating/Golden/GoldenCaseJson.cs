using System.Text.Json;
using Emend.Logic;

namespace Emend.Engine.Evaluating.Golden;

/// <summary>A protected case as canonical JSON. Features carry their type: a number and a string that looks like one differ.</summary>
internal static class GoldenCaseJson
{
    /// <summary>Canonical JSON of everything but the id.</summary>
    public static string Write(GoldenCase one)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("why", one.Why);
            WriteAction(json, "expected", one.Expected);
            json.WriteStartObject("decision");
            json.WriteString("id", one.Decision.Id);
            json.WriteNumber("at", one.Decision.OccurredAt);
            json.WriteString("agent", one.Decision.Agent);
            WriteAction(json, "proposed", one.Decision.Proposed);
            if (one.Decision.Confidence is { } confidence) json.WriteNumber("confidence", confidence);
            if (one.Decision.Subject is { } subject) json.WriteString("subject", subject);
            if (one.Decision.CorrelationId is { } correlation) json.WriteString("correlationId", correlation);
            if (one.Decision.Context.TaskType is { } taskType) json.WriteString("taskType", taskType);
            if (one.Decision.Context.Text is { } text) json.WriteString("input", text);
            json.WriteStartObject("features");
            foreach (var (name, value) in one.Decision.Context.Features) WriteFeature(json, name, value);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return CanonicalJson.Of(bytes.ToArray());
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static GoldenCase Read(string id, string text)
    {
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        var decision = root.GetProperty("decision");
        var features = decision.GetProperty("features").EnumerateObject().Select(static member => new Feature(member.Name, ReadFeature(member.Value)));
        return new(
            id,
            new()
            {
                Id = decision.GetProperty("id").GetString()!,
                OccurredAt = decision.GetProperty("at").GetInt64(),
                Agent = decision.GetProperty("agent").GetString()!,
                Proposed = ReadAction(decision.GetProperty("proposed")),
                Confidence = decision.TryGetProperty("confidence", out var confidence) ? confidence.GetDouble() : null,
                Subject = Text(decision, "subject"),
                CorrelationId = Text(decision, "correlationId"),
                Context = Context.Of(features, Text(decision, "taskType"), Text(decision, "input")),
            },
            ReadAction(root.GetProperty("expected")),
            root.GetProperty("why").GetString()!);
    }

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static void WriteAction(Utf8JsonWriter json, string name, AgentAction action)
    {
        json.WriteStartObject(name);
        json.WriteString("action", action.Label);
        json.WritePropertyName("args");
        json.WriteRawValue(action.Args.Json);
        json.WriteEndObject();
    }

    private static AgentAction ReadAction(JsonElement action) => new(action.GetProperty("action").GetString()!, ActionArgs.Of(action.GetProperty("args")));

    private static void WriteFeature(Utf8JsonWriter json, string name, FeatureValue value)
    {
        json.WriteStartObject(name);
        switch (value.Kind)
        {
            case FeatureKind.String: json.WriteString("string", value.AsString); break;
            case FeatureKind.Number when double.IsFinite(value.AsNumber): json.WriteNumber("number", value.AsNumber); break;
            case FeatureKind.Number: json.WriteNumber("infinity", value.AsNumber > 0 ? 1 : -1); break;
            case FeatureKind.Boolean: json.WriteBoolean("boolean", value.AsBoolean); break;
            case FeatureKind.Timestamp: json.WriteString("timestamp", value.AsMicroseconds.ToString(System.Globalization.CultureInfo.InvariantCulture)); break;
            case FeatureKind.StringSet:
                json.WriteStartArray("set");
                foreach (var member in value.AsSet) json.WriteStringValue(member);
                json.WriteEndArray();
                break;
            default: break;
        }
        json.WriteEndObject();
    }

    private static FeatureValue ReadFeature(JsonElement typed)
    {
        foreach (var member in typed.EnumerateObject())
        {
            return member.Name switch
            {
                "timestamp" => FeatureValue.OfMicroseconds(long.Parse(member.Value.GetString()!, System.Globalization.CultureInfo.InvariantCulture)),
                "infinity" => FeatureValue.Of(member.Value.GetInt32() > 0 ? double.PositiveInfinity : double.NegativeInfinity),
                _ => ActionArgs.ValueOf(member.Value),
            };
        }
        return FeatureValue.Missing;
    }
}
