using System.Text.Json;

namespace Emend.Server.Api;

/// <summary>How names of states and figures stand on the wire.</summary>
internal static class Words
{
    /// <summary>An enumeration's member as <c>lower-case-words</c>.</summary>
    public static string Of<T>(T value) where T : struct, Enum
    {
        var text = new System.Text.StringBuilder();
        foreach (var c in value.ToString())
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0) text.Append('-');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }

    /// <summary>JSON text that is put into an answer as it is.</summary>
    public static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
