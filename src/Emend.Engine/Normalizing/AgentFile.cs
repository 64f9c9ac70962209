using System.Collections.Immutable;
using System.Text.Json;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Journal;
using Emend.Engine.Learning.Guidance;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Guardrails;

namespace Emend.Engine.Normalizing;

/// <summary>A file that is no agent definition, with everything that is wrong with it.</summary>
internal sealed record AgentFileIsWrong(string Problems) : Refusal("agent.file-wrong", Problems);

/// <summary>Reads the file of an agent, strictly; also a bare catalogue, a file that has <c>actions</c> but no <c>id</c>.</summary>
internal static class AgentFile
{
    private static readonly string[] Members =
        ["id", "domain", "taskTypes", "actions", "reasons", "features", "openSchema", "schemaVersion", "risk", "actionRisk", "envelope", "guardrails", "guidance", "audit"];

    /// <summary>What a file holds.</summary>
    /// <param name="Agent">The agent.</param>
    /// <param name="Ignored">Members of a bare catalogue that mean nothing here.</param>
    public sealed record Contents(AgentDefinition Agent, ImmutableArray<string> Ignored);

    /// <summary>Reads one.</summary>
    /// <param name="json">JSON text.</param>
    /// <param name="fallbackId">Id for a bare catalogue that does not name its agent.</param>
    public static Answer<Contents> Read(string json, string? fallbackId)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = LogLimits.MaxDepth, AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object) return new AgentFileIsWrong("the file is not a JSON object; write {\"id\": …, \"actions\": […]}");
            var reading = new Reading();
            var contents = Contents_(document.RootElement, fallbackId, reading);
            return reading.Problems.Count == 0 ? contents : new AgentFileIsWrong(string.Join('\n', reading.Problems));
        }
        catch (JsonException why)
        {
            return new AgentFileIsWrong("the file is not JSON: " + why.Message);
        }
        catch (InvalidOperationException)
        {
            return new AgentFileIsWrong("the file holds half of a surrogate pair; write the whole character");
        }
    }

    private static Contents Contents_(JsonElement root, string? fallbackId, Reading reading)
    {
        var isCatalogue = !root.TryGetProperty("id", out _) && root.TryGetProperty("actions", out _);
        ImmutableArray<string> ignored = [];
        if (isCatalogue) ignored = [.. root.EnumerateObject().Select(static m => m.Name).Where(static name => name is not ("agent" or "actions"))];
        else reading.Only(root, "", Members);
        var id = reading.Text(root, isCatalogue ? "agent" : "id", isCatalogue ? fallbackId : null);
        if (id is null) reading.Problems.Add(isCatalogue ? "the file does not name its agent; give the agent's id" : "id is missing; give the agent's id as its decisions name it");
        else if (id.Length is 0 or > LogLimits.MaxName) reading.Problems.Add($"id has {id.Length} characters; use 1 to {LogLimits.MaxName}");
        var agent = new AgentDefinition { Id = id ?? "", Actions = reading.Names(root, "actions") };
        if (isCatalogue) return new(agent, ignored);
        return new(agent with
        {
            Domain = reading.Text(root, "domain", "")!,
            TaskTypes = reading.Names(root, "taskTypes"),
            Reasons = reading.Names(root, "reasons"),
            Schema = Schema(root, reading),
            Risk = (RiskClass)reading.OneOf(root, "risk", AgentJson.Risks, 0),
            ActionRisk = ActionRisk(root, agent.Actions, reading),
            Envelope = Envelope(root, agent.Actions, reading),
            Guardrails = Guardrails(root, reading),
            Guidance = Guidance(root, reading),
            Audit = Audit(root, reading),
        }, ignored);
    }

    private static ContextSchema Schema(JsonElement root, Reading reading)
    {
        var features = ImmutableArray.CreateBuilder<FeatureDefinition>();
        if (reading.Object(root, "features") is { } declared)
        {
            foreach (var member in declared.EnumerateObject())
            {
                var path = "features." + member.Name;
                if (member.Name.Length is 0 or > LogLimits.MaxName) reading.Problems.Add($"{path}: a name has 1 to {LogLimits.MaxName} characters");
                if (member.Value.ValueKind == JsonValueKind.String)
                {
                    features.Add(new(member.Name, Kind(reading.OneOf(path, member.Value.GetString()!, AgentJson.Types))));
                    continue;
                }
                if (member.Value.ValueKind != JsonValueKind.Object)
                {
                    reading.Problems.Add($"{path} is neither a type nor an object; write \"number\" or {{\"type\": \"number\", \"class\": \"internal\", \"required\": true}}");
                    continue;
                }
                reading.Only(member.Value, path, "type", "class", "required");
                if (!member.Value.TryGetProperty("type", out _)) reading.Problems.Add($"{path}.type is missing; one of {string.Join(", ", AgentJson.Types)}");
                features.Add(new(
                    member.Name,
                    Kind(reading.OneOf(member.Value, "type", AgentJson.Types, 0, path)),
                    (FieldClass)reading.OneOf(member.Value, "class", AgentJson.Classes, (int)FieldClass.Personal, path),
                    reading.Flag(member.Value, "required", otherwise: false, path)));
            }
        }
        features.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new(reading.Count(root, "schemaVersion", 1, 1), features.DrainToImmutable(), reading.Flag(root, "openSchema", otherwise: true));
    }

    private static FeatureKind Kind(int type) => (FeatureKind)(type + 1);

    private static ImmutableSortedDictionary<string, RiskClass> ActionRisk(JsonElement root, ImmutableArray<string> actions, Reading reading)
    {
        if (reading.Object(root, "actionRisk") is not { } declared) return ImmutableSortedDictionary<string, RiskClass>.Empty;
        var risks = ImmutableSortedDictionary.CreateBuilder<string, RiskClass>(StringComparer.Ordinal);
        foreach (var member in declared.EnumerateObject())
        {
            Known(member.Name, "actionRisk", actions, reading);
            if (member.Value.ValueKind == JsonValueKind.String) risks[member.Name] = (RiskClass)reading.OneOf("actionRisk." + member.Name, member.Value.GetString()!, AgentJson.Risks);
            else reading.Problems.Add($"actionRisk.{member.Name} is not text; one of {string.Join(", ", AgentJson.Risks)}");
        }
        return risks.ToImmutable();
    }

    private static ChangeEnvelope Envelope(JsonElement root, ImmutableArray<string> actions, Reading reading)
    {
        if (reading.Object(root, "envelope") is not { } declared) return new();
        reading.Only(declared, "envelope", "open", "taskTypes", "actions", "maxRisk", "maxDecisionsPerDay", "minSubmitters");
        // A forgotten "open" must neither open the gate nor silently keep it shut.
        if (!declared.TryGetProperty("open", out _)) reading.Problems.Add("envelope.open is missing; say true to let changes inside it happen without a person, else false");
        var covered = reading.Names(declared, "actions", "envelope");
        foreach (var action in covered) Known(action, "envelope.actions", actions, reading);
        return new()
        {
            IsOpen = reading.Flag(declared, "open", otherwise: false, "envelope"),
            TaskTypes = reading.Names(declared, "taskTypes", "envelope"),
            Actions = covered,
            MaxRisk = (RiskClass)reading.OneOf(declared, "maxRisk", AgentJson.Risks, 0, "envelope"),
            MaxDecisionsPerDay = reading.Count(declared, "maxDecisionsPerDay", 100, 0, "envelope"),
            MinSubmitters = reading.Count(declared, "minSubmitters", 2, 1, "envelope"),
        };
    }

    private static GuidancePolicy Guidance(JsonElement root, Reading reading)
    {
        if (reading.Object(root, "guidance") is not { } declared) return GuidancePolicy.None;
        reading.Only(declared, "guidance", "learn", "maxItems");
        var most = reading.Count(declared, "maxItems", GuidancePolicy.None.MaxItems, 1, "guidance");
        if (most > GuidancePolicy.Most) reading.Problems.Add($"guidance.maxItems is {most}; at most {GuidancePolicy.Most}");
        return new() { Learns = reading.Flag(declared, "learn", otherwise: false, "guidance"), MaxItems = most };
    }

    private static AuditPolicy Audit(JsonElement root, Reading reading)
    {
        if (reading.Object(root, "audit") is not { } declared) return AuditPolicy.None;
        reading.Only(declared, "audit", "share", "maxOpen", "requireActivation");
        if (!declared.TryGetProperty("share", out _)) reading.Problems.Add("audit.share is missing; say which share of all decisions people look at, e.g. 0.02");
        return new() { Share = reading.Share(declared, "share", 0, "audit"), MaxOpen = reading.Count(declared, "maxOpen", AuditPolicy.None.MaxOpen, 1, "audit"), RequiresActivation = reading.Flag(declared, "requireActivation", otherwise: false, "audit") };
    }

    private static ImmutableArray<Guardrail> Guardrails(JsonElement root, Reading reading)
    {
        var guardrails = ImmutableArray.CreateBuilder<Guardrail>();
        foreach (var (item, path) in reading.Items(root, "guardrails"))
        {
            reading.Only(item, path, "id", "when", "effect", "because");
            var id = reading.Text(item, "id", null, path);
            var when = reading.Text(item, "when", null, path);
            if (id is null) reading.Problems.Add($"{path}.id is missing; give the guardrail an id of its own");
            if (when is null) reading.Problems.Add($"{path}.when is missing; write a condition, e.g. amount > 500 and proposed.action == \"refund\"");
            if (!item.TryGetProperty("effect", out _)) reading.Problems.Add($"{path}.effect is missing; block or escalate");
            var effect = (GuardrailEffect)reading.OneOf(item, "effect", AgentJson.Effects, 0, path);
            if (id is null || when is null) continue;
            if (guardrails.Exists(g => g.Id == id)) reading.Problems.Add($"{path}.id '{id}' stands twice; give each guardrail an id of its own");
            try
            {
                guardrails.Add(new() { Id = id, When = ConditionText.Parse(when), Effect = effect, Because = reading.Text(item, "because", "", path)! });
            }
            catch (FormatException why)
            {
                reading.Problems.Add($"{path}.when: {why.Message}");
            }
        }
        return guardrails.DrainToImmutable();
    }

    private static void Known(string action, string path, ImmutableArray<string> actions, Reading reading)
    {
        if (!actions.IsEmpty && !actions.Contains(action, StringComparer.Ordinal))
            reading.Problems.Add($"{path}: '{action}' is not among the agent's actions; {Closest.Hint(action, actions)}add it to actions or remove it here");
    }

    private static bool Exists<T>(this ImmutableArray<T>.Builder items, Predicate<T> predicate)
    {
        foreach (var item in items)
            if (predicate(item)) return true;
        return false;
    }

    /// <summary>Reads members by name and notes every problem.</summary>
    private sealed class Reading
    {
        public List<string> Problems { get; } = [];

        public void Only(JsonElement element, string path, params string[] known)
        {
            if (element.ValueKind != JsonValueKind.Object) return;
            foreach (var member in element.EnumerateObject())
                if (!known.Contains(member.Name, StringComparer.Ordinal))
                    Problems.Add($"{At(path, member.Name)} is not known; {Closest.Hint(member.Name, known)}known are {string.Join(", ", known)}");
        }

        public string? Text(JsonElement element, string name, string? otherwise, string path = "")
        {
            if (!Has(element, name, out var value)) return otherwise;
            if (value.ValueKind == JsonValueKind.String) return value.GetString();
            Problems.Add($"{At(path, name)} is not text; put it in quotes");
            return otherwise;
        }

        public bool Flag(JsonElement element, string name, bool otherwise, string path = "")
        {
            if (!Has(element, name, out var value)) return otherwise;
            if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
            Problems.Add($"{At(path, name)} is not a boolean; write true or false");
            return otherwise;
        }

        public int Count(JsonElement element, string name, int otherwise, int least, string path = "")
        {
            if (!Has(element, name, out var value)) return otherwise;
            if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count >= least) return count;
            Problems.Add($"{At(path, name)} is not a whole number of at least {least}");
            return otherwise;
        }

        public double Share(JsonElement element, string name, double otherwise, string path = "")
        {
            if (!Has(element, name, out var value)) return otherwise;
            if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var share) && share is >= 0 and <= 1) return share;
            Problems.Add($"{At(path, name)} is not a number from 0 to 1");
            return otherwise;
        }

        public int OneOf(JsonElement element, string name, string[] known, int otherwise, string path = "") =>
            Text(element, name, null, path) is { } word ? OneOf(At(path, name), word, known) : otherwise;

        public int OneOf(string path, string word, string[] known)
        {
            var at = Array.IndexOf(known, word);
            if (at >= 0) return at;
            Problems.Add($"{path} '{word}' is not known; {Closest.Hint(word, known)}one of {string.Join(", ", known)}");
            return 0;
        }

        public ImmutableArray<string> Names(JsonElement element, string name, string path = "")
        {
            var names = ImmutableArray.CreateBuilder<string>();
            if (!Has(element, name, out var list)) return [];
            if (list.ValueKind != JsonValueKind.Array)
            {
                Problems.Add($"{At(path, name)} is not a list; write [\"a\", \"b\"]");
                return [];
            }
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var item in list.EnumerateArray())
            {
                if (item.ValueKind != JsonValueKind.String || item.GetString() is not { Length: > 0 and <= LogLimits.MaxName } text) Problems.Add($"{At(path, name)} holds something that is no name of 1 to {LogLimits.MaxName} characters");
                else if (!seen.Add(text)) Problems.Add($"{At(path, name)} holds '{text}' twice; keep one");
                else names.Add(text);
            }
            return names.DrainToImmutable();
        }

        public JsonElement? Object(JsonElement element, string name)
        {
            if (!Has(element, name, out var value)) return null;
            if (value.ValueKind == JsonValueKind.Object) return value;
            Problems.Add($"{name} is not an object; write {{…}}");
            return null;
        }

        public IEnumerable<(JsonElement Item, string Path)> Items(JsonElement element, string name)
        {
            if (!Has(element, name, out var list)) yield break;
            if (list.ValueKind != JsonValueKind.Array)
            {
                Problems.Add($"{name} is not a list; write [{{…}}]");
                yield break;
            }
            var number = 0;
            foreach (var item in list.EnumerateArray())
            {
                var path = $"{name}[{number++}]";
                if (item.ValueKind == JsonValueKind.Object) yield return (item, path);
                else Problems.Add($"{path} is not an object; write {{\"id\": …, \"when\": …}}");
            }
        }

        private static bool Has(JsonElement element, string name, out JsonElement value) =>
            element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

        private static string At(string path, string name) => path.Length == 0 ? name : path + "." + name;
    }
}
