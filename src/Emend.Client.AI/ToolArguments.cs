using System.Text;
using System.Text.Json;
using Emend.Logic;
using Microsoft.Extensions.AI;

namespace Emend.Client.AI;

/// <summary>The arguments of a tool call, as the logic sees them and back.</summary>
internal static class ToolArguments
{
    /// <summary>Reads them. What has no JSON form is left out: no rule can look at it.</summary>
    public static ActionArgs Read(AIFunctionArguments arguments, JsonSerializerOptions options)
    {
        if (arguments.Count == 0) return ActionArgs.None;
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            foreach (var (name, value) in arguments)
            {
                if (Text(value, options) is not { } text) continue;
                json.WritePropertyName(name);
                json.WriteRawValue(text);
            }
            json.WriteEndObject();
        }
        try
        {
            return ActionArgs.Parse(Encoding.UTF8.GetString(bytes.ToArray()));
        }
        catch (JsonException)
        {
            // A value that JSON readers do not agree on, such as a member twice: the call is decided on by its name.
            return ActionArgs.None;
        }
    }

    /// <summary>The arguments to call with: what was not changed stays the object it was, what was is JSON, what was removed is gone.</summary>
    public static AIFunctionArguments Write(AIFunctionArguments original, ActionArgs before, ActionArgs after)
    {
        using var was = JsonDocument.Parse(before.Json);
        using var now = JsonDocument.Parse(after.Json);
        var changed = new AIFunctionArguments { Services = original.Services, Context = original.Context };
        foreach (var member in now.RootElement.EnumerateObject())
        {
            var isSame = was.RootElement.TryGetProperty(member.Name, out var value) && value.GetRawText() == member.Value.GetRawText();
            changed[member.Name] = isSame && original.TryGetValue(member.Name, out var kept) ? kept : member.Value.Clone();
        }
        // What the logic never saw was not its to remove.
        foreach (var (name, value) in original)
            if (!was.RootElement.TryGetProperty(name, out _) && before != ActionArgs.None && !changed.ContainsKey(name)) changed[name] = value;
        return changed;
    }

    private static string? Text(object? value, JsonSerializerOptions options)
    {
        try
        {
            return value switch
            {
                null => "null",
                JsonElement element => element.ValueKind == JsonValueKind.Undefined ? null : element.GetRawText(),
                string text => CanonicalJson.Quote(text),
                bool flag => flag ? "true" : "false",
                _ => JsonSerializer.Serialize(value, options.GetTypeInfo(value.GetType())),
            };
        }
        catch (Exception cannot) when (cannot is NotSupportedException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
