namespace Emend.Engine.Privacy;

/// <summary>Text form of a random id that stands for a person or service: <c>p-</c> and 32 hexadecimal digits.</summary>
internal static class Pseudonym
{
    /// <summary>To text.</summary>
    public static string Text(Guid id) => "p-" + id.ToString("N");

    /// <summary>From text; false when it is none.</summary>
    public static bool TryParse(string text, out Guid id)
    {
        id = default;
        return text is not null && text.StartsWith("p-", StringComparison.Ordinal) && Guid.TryParseExact(text.AsSpan(2), "N", out id);
    }
}
