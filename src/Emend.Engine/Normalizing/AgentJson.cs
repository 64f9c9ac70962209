using System.Buffers;
using System.Text.Json;
using Emend.Engine.Learning.Guidance;
using Emend.Logic;
using Emend.Logic.Conditions;

namespace Emend.Engine.Normalizing;

/// <summary>The definition of an agent as canonical JSON: what agent files hold, what the journal keeps.</summary>
internal static class AgentJson
{
    /// <summary>Names of the risk classes.</summary>
    public static readonly string[] Risks = ["low", "medium", "high"];

    /// <summary>Names of the field classes, C0 to C4.</summary>
    public static readonly string[] Classes = ["public", "internal", "personal", "sensitive", "secret"];

    /// <summary>Names of the feature types.</summary>
    public static readonly string[] Types = ["string", "number", "boolean", "stringSet", "timestamp"];

    /// <summary>Names of what a guardrail does.</summary>
    public static readonly string[] Effects = ["block", "escalate"];

    /// <summary>Canonical JSON of a definition.</summary>
    public static string Write(AgentDefinition agent)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("id", agent.Id);
            json.WriteString("domain", agent.Domain);
            List(json, "taskTypes", agent.TaskTypes);
            List(json, "actions", agent.Actions);
            List(json, "reasons", agent.Reasons);
            json.WriteString("risk", Risks[(int)agent.Risk]);
            json.WriteStartObject("actionRisk");
            foreach (var (action, risk) in agent.ActionRisk) json.WriteString(action, Risks[(int)risk]);
            json.WriteEndObject();
            json.WriteNumber("schemaVersion", agent.Schema.Version);
            json.WriteBoolean("openSchema", agent.Schema.IsOpen);
            json.WriteStartObject("features");
            foreach (var feature in agent.Schema.Features)
            {
                json.WriteStartObject(feature.Name);
                json.WriteString("type", Types[(int)feature.Kind - 1]);
                json.WriteString("class", Classes[(int)feature.Class]);
                json.WriteBoolean("required", feature.Required);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteStartObject("envelope");
            json.WriteBoolean("open", agent.Envelope.IsOpen);
            List(json, "taskTypes", agent.Envelope.TaskTypes);
            List(json, "actions", agent.Envelope.Actions);
            json.WriteString("maxRisk", Risks[(int)agent.Envelope.MaxRisk]);
            json.WriteNumber("maxDecisionsPerDay", agent.Envelope.MaxDecisionsPerDay);
            json.WriteNumber("minSubmitters", agent.Envelope.MinSubmitters);
            json.WriteEndObject();
            json.WriteStartArray("guardrails");
            foreach (var guardrail in agent.Guardrails)
            {
                json.WriteStartObject();
                json.WriteString("id", guardrail.Id);
                json.WriteString("when", ConditionText.Format(guardrail.When));
                json.WriteString("effect", Effects[(int)guardrail.Effect]);
                json.WriteString("because", guardrail.Because);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            // Left out where nothing is said: a definition keeps the bytes it always had.
            if (agent.Audit != AuditPolicy.None)
            {
                json.WriteStartObject("audit");
                json.WriteNumber("share", agent.Audit.Share);
                json.WriteNumber("maxOpen", agent.Audit.MaxOpen);
                json.WriteBoolean("requireActivation", agent.Audit.RequiresActivation);
                json.WriteEndObject();
            }
            if (agent.Guidance != GuidancePolicy.None)
            {
                json.WriteStartObject("guidance");
                json.WriteBoolean("learn", agent.Guidance.Learns);
                json.WriteNumber("maxItems", agent.Guidance.MaxItems);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        return CanonicalJson.Of(bytes.WrittenMemory);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The text is no definition.</exception>
    public static AgentDefinition Read(string json) => AgentFile.Read(json, fallbackId: null) switch
    {
        Answer<AgentFile.Contents>.Granted(var contents) => contents.Agent,
        Answer<AgentFile.Contents>.Refused(var why) => throw new InvalidDataException(why.Message),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static void List(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
