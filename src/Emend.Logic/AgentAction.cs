using System.Globalization;
using System.Text.Json;

namespace Emend.Logic;

/// <summary>What an agent proposes or does: a label from its catalogue and optional arguments (a tool call).</summary>
/// <param name="Label">Label from the agent's action catalogue.</param>
/// <param name="Args">Arguments; <see cref="ActionArgs.None"/> when there are none.</param>
public sealed record AgentAction(string Label, ActionArgs Args)
{
    /// <summary>An action without arguments.</summary>
    public AgentAction(string label) : this(label, ActionArgs.None) { }

    /// <summary>The label, followed by the arguments in canonical JSON when there are any.</summary>
    public override string ToString() => Args.IsEmpty ? Label : Label + Args.Json;
}

/// <summary>The arguments of an action: a JSON object in canonical form. Equal when the canonical text is equal.</summary>
public sealed record ActionArgs
{
    /// <summary>No arguments: the empty object.</summary>
    public static ActionArgs None { get; } = new("{}");

    private ActionArgs(string json) => Json = json;

    /// <summary>Canonical JSON text of the object (RFC 8785).</summary>
    public string Json { get; }

    /// <summary>True for the empty object.</summary>
    public bool IsEmpty => Json.Length == 2;

    /// <summary>Takes the arguments from a JSON object; null and undefined become <see cref="None"/>.</summary>
    /// <exception cref="JsonException">The value is not an object, or an object in it has duplicate members.</exception>
    public static ActionArgs Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => None,
        JsonValueKind.Object => new(CanonicalJson.Of(value)),
        _ => throw new JsonException($"arguments are a JSON object, not {value.ValueKind.ToString().ToLowerInvariant()}"),
    };

    /// <summary>Parses the arguments from JSON text.</summary>
    /// <exception cref="JsonException">The text is not one JSON object.</exception>
    public static ActionArgs Parse(string json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false });
        return Of(document.RootElement);
    }

    /// <summary>
    /// The value at a dotted path (<c>amount</c>, <c>customer.tier</c>, <c>items.0.sku</c>); missing when there is none,
    /// or when it is an object or an array that is not all strings. An array of strings is a string set.
    /// </summary>
    public FeatureValue this[string path]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(path);
            if (IsEmpty) return FeatureValue.Missing;
            using var document = JsonDocument.Parse(Json);
            var at = document.RootElement;
            foreach (var step in path.Split('.'))
            {
                if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(step, out var member)) at = member;
                else if (at.ValueKind == JsonValueKind.Array && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index >= 0 && index < at.GetArrayLength()) at = at[index];
                else return FeatureValue.Missing;
            }
            return ValueOf(at);
        }
    }

    /// <summary>
    /// These arguments with <paramref name="patch"/> laid over them (RFC 7396, JSON Merge Patch): a member of the patch
    /// replaces the one here, null removes it, objects merge member by member.
    /// </summary>
    public ActionArgs Patch(ActionArgs patch)
    {
        ArgumentNullException.ThrowIfNull(patch);
        if (patch.IsEmpty) return this;
        using var original = JsonDocument.Parse(Json);
        using var change = JsonDocument.Parse(patch.Json);
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes)) Merge(writer, original.RootElement, change.RootElement);
        return new(CanonicalJson.Of(bytes.ToArray()));
    }

    /// <inheritdoc/>
    public override string ToString() => Json;

    /// <summary>Types a JSON value the way contexts do: string, number, boolean, array of strings; everything else is missing.</summary>
    /// <exception cref="JsonException">A number beyond the range of a double, or a string with half a surrogate pair.</exception>
    public static FeatureValue ValueOf(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String: return FeatureValue.Of(CanonicalJson.StringOf(value));
            case JsonValueKind.Number: return FeatureValue.Of(CanonicalJson.NumberOf(value));
            case JsonValueKind.True: return FeatureValue.Of(true);
            case JsonValueKind.False: return FeatureValue.Of(false);
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    if (item.ValueKind != JsonValueKind.String) return FeatureValue.Missing;
                return FeatureValue.OfSet(value.EnumerateArray().Select(CanonicalJson.StringOf));
            default: return FeatureValue.Missing;
        }
    }

    private static void Merge(Utf8JsonWriter to, JsonElement original, JsonElement patch)
    {
        if (patch.ValueKind != JsonValueKind.Object)
        {
            patch.WriteTo(to);
            return;
        }
        to.WriteStartObject();
        if (original.ValueKind == JsonValueKind.Object)
            foreach (var member in original.EnumerateObject())
                if (!patch.TryGetProperty(member.Name, out _)) member.WriteTo(to);
        foreach (var member in patch.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null) continue;
            to.WritePropertyName(member.Name);
            var before = original.ValueKind == JsonValueKind.Object && original.TryGetProperty(member.Name, out var was) ? was : default;
            Merge(to, before, member.Value);
        }
        to.WriteEndObject();
    }
}
