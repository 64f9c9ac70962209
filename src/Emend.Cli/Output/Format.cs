using System.Globalization;
using Emend.Logic;

namespace Emend.Cli.Output;

/// <summary>How numbers, times and names look to people.</summary>
internal static class Format
{
    /// <summary>12,345.</summary>
    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>35.4 %; a dash when there is nothing to take a share of.</summary>
    public static string Percent(long part, long whole) => whole == 0 ? "-" : Share((double)part / whole);

    /// <summary>35.4 %.</summary>
    public static string Share(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture) + " %";

    /// <summary>2026-03-02 08:00:00Z.</summary>
    public static string Instant(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The first twelve hexadecimal digits of a digest: what people compare.</summary>
    public static string Digest(string? digest) => digest is null ? "(agent alone)" : digest.Replace("sha256:", "", StringComparison.Ordinal) is var hex && hex.Length > 12 ? hex[..12] : digest;

    /// <summary>At most so many characters, on one line.</summary>
    public static string Clip(string? text, int length)
    {
        var line = (text ?? "").ReplaceLineEndings(" ");
        return line.Length <= length ? line : line[..(length - 1)] + "…";
    }

    /// <summary>3 days, 5 hours, 12 minutes.</summary>
    public static string Age(TimeSpan age) =>
        age.TotalDays >= 2 ? $"{(long)age.TotalDays} days"
        : age.TotalHours >= 2 ? $"{(long)age.TotalHours} hours"
        : age.TotalMinutes >= 2 ? $"{(long)age.TotalMinutes} minutes"
        : $"{(long)age.TotalSeconds} seconds";

    /// <summary>An action with its arguments, or a dash.</summary>
    public static string Action(AgentAction? action) => action?.ToString() ?? "-";

    /// <summary>A name of an enumeration as people write it: <c>RolledBack</c> is <c>rolled back</c>.</summary>
    public static string Words<T>(T value) where T : struct, Enum
    {
        var name = value.ToString();
        return string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? " " + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
    }
}
