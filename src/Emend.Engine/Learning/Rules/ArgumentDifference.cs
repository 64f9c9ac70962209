using System.Text.Json;
using Emend.Logic;

namespace Emend.Engine.Learning.Rules;

/// <summary>The smallest merge patch (RFC 7396) that turns one set of arguments into another.</summary>
internal static class ArgumentDifference
{
    /// <summary>The patch; empty when both are equal.</summary>
    public static ActionArgs Between(ActionArgs before, ActionArgs after)
    {
        if (before == after) return ActionArgs.None;
        using var old = JsonDocument.Parse(before.Json);
        using var now = JsonDocument.Parse(after.Json);
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes)) Write(writer, old.RootElement, now.RootElement);
        return ActionArgs.Parse(System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }

    private static void Write(Utf8JsonWriter to, JsonElement old, JsonElement now)
    {
        to.WriteStartObject();
        foreach (var gone in old.EnumerateObject())
            if (!now.TryGetProperty(gone.Name, out _)) to.WriteNull(gone.Name);
        foreach (var member in now.EnumerateObject())
        {
            var was = old.TryGetProperty(member.Name, out var value) ? value : default;
            if (was.ValueKind == member.Value.ValueKind && JsonElement.DeepEquals(was, member.Value)) continue;
            to.WritePropertyName(member.Name);
            if (was.ValueKind == JsonValueKind.Object && member.Value.ValueKind == JsonValueKind.Object) Write(to, was, member.Value);
            else member.Value.WriteTo(to);
        }
        to.WriteEndObject();
    }
}
