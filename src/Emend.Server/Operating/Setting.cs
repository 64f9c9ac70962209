using System.Globalization;
using System.Text;

namespace Emend.Server.Operating;

/// <summary>One thing that can be configured: by the same name in the file, as a flag and as a variable.</summary>
/// <param name="Name">Name in the file, e.g. <c>webhooks.allowedNetworks</c>.</param>
/// <param name="Help">What it is, in a few words.</param>
/// <param name="Show">Its value as text.</param>
/// <param name="Set">Options with it set; throws <see cref="FormatException"/> saying what it takes.</param>
internal sealed record Setting(string Name, string Help, Func<ServerOptions, string> Show, Func<ServerOptions, string, ServerOptions> Set)
{
    /// <summary>Whether it is shown to nobody.</summary>
    public bool IsSecret { get; init; }

    /// <summary>As a flag: <c>--webhooks-allowed-networks</c>.</summary>
    public string Flag { get; } = "--" + Words(Name, '-').ToLowerInvariant();

    /// <summary>As a variable: <c>EMEND_WEBHOOKS_ALLOWED_NETWORKS</c>.</summary>
    public string Variable { get; } = "EMEND_" + Words(Name, '_').ToUpperInvariant();

    /// <summary>Its value as somebody may see it.</summary>
    public string ShowMasked(ServerOptions options) => Show(options) is { Length: > 0 } value ? IsSecret ? "********" : value : "";

    private static string Words(string name, char separator)
    {
        var words = new StringBuilder();
        foreach (var c in name)
        {
            if (c == '.') words.Append(separator);
            else if (char.IsAsciiLetterUpper(c)) words.Append(separator).Append(c);
            else words.Append(c);
        }
        return words.ToString();
    }
}

/// <summary>Values as text.</summary>
internal static class SettingValue
{
    public static int Whole(string text, int least = 0) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least ? number : throw new FormatException($"a whole number, at least {least}");

    public static bool Flag(string text) => text switch { "true" => true, "false" => false, _ => throw new FormatException("true or false") };

    public static TimeSpan Span(string text)
    {
        var (digits, unit) = text.Length > 1 ? (text[..^1], text[^1]) : ("", ' ');
        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) || count <= 0) throw Wrong();
        return unit switch { 's' => TimeSpan.FromSeconds(count), 'm' => TimeSpan.FromMinutes(count), 'h' => TimeSpan.FromHours(count), 'd' => TimeSpan.FromDays(count), _ => throw Wrong() };

        static FormatException Wrong() => new("a time such as 30s, 5m, 2h or 1d");
    }

    public static string Text(TimeSpan span) =>
        span.TotalDays >= 1 && span.Ticks % TimeSpan.TicksPerDay == 0 ? Of(span.TotalDays, 'd')
        : span.TotalHours >= 1 && span.Ticks % TimeSpan.TicksPerHour == 0 ? Of(span.TotalHours, 'h')
        : span.TotalMinutes >= 1 && span.Ticks % TimeSpan.TicksPerMinute == 0 ? Of(span.TotalMinutes, 'm')
        : Of(span.TotalSeconds, 's');

    public static string Text(bool flag) => flag ? "true" : "false";

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    public static string[] List(string text) => text.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Of(double count, char unit) => count.ToString("0.###", CultureInfo.InvariantCulture) + unit;
}
