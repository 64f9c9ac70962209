using System.Text;

namespace Emend.Engine.Capturing.Logs;

/// <summary>Reads instants as logs write them: ISO 8601 with a zone, <c>2025-11-03T08:02:59.125Z</c> or <c>…+01:00</c>.</summary>
internal static class InstantText
{
    /// <summary>Reads one; digits beyond microseconds are dropped.</summary>
    /// <param name="text">UTF-8 text.</param>
    /// <param name="micros">Microseconds since 1970 UTC.</param>
    /// <returns>Null when it was read, else what is wrong.</returns>
    public static string? Read(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-'
            || !Digits(text[..4], out var year) || !Digits(text.Slice(5, 2), out var month) || !Digits(text.Slice(8, 2), out var day))
            return "is not an ISO 8601 instant";
        if (text.Length == 10) return "is a date without time and zone";
        if (text.Length < 19 || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[13] != ':' || text[16] != ':'
            || !Digits(text.Slice(11, 2), out var hour) || !Digits(text.Slice(14, 2), out var minute) || !Digits(text.Slice(17, 2), out var second))
            return "is not an ISO 8601 instant";
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
            return "is not a date and time of the calendar";

        var rest = text[19..];
        var fraction = 0;
        if (rest.Length > 0 && rest[0] is (byte)'.' or (byte)',')
        {
            var digits = 1;
            for (; digits < rest.Length && char.IsAsciiDigit((char)rest[digits]); digits++)
                if (digits <= 6) fraction = fraction * 10 + rest[digits] - '0';
            if (digits == 1) return "is not an ISO 8601 instant";
            for (var i = digits; i <= 6; i++) fraction *= 10;
            rest = rest[digits..];
        }

        if (rest.Length == 0) return "has no zone";
        var offset = 0;
        if (rest is not [(byte)'Z' or (byte)'z'])
        {
            if (rest.Length is not (3 or 5 or 6) || rest[0] is not ((byte)'+' or (byte)'-') || !Digits(rest.Slice(1, 2), out var hours)) return "is not an ISO 8601 instant";
            var minutes = 0;
            if (rest.Length == 6 && (rest[3] != ':' || !Digits(rest.Slice(4, 2), out minutes))) return "is not an ISO 8601 instant";
            if (rest.Length == 5 && !Digits(rest.Slice(3, 2), out minutes)) return "is not an ISO 8601 instant";
            if (hours > 14 || minutes > 59) return "has a zone that does not exist";
            offset = (hours * 60 + minutes) * (rest[0] == '-' ? -1 : 1);
        }

        var days = new DateOnly(year, month, day).DayNumber - UnixEpochDay;
        micros = (((days * 24L + hour) * 60 + minute - offset) * 60 + second) * 1_000_000 + fraction;
        return micros is >= Earliest and <= Latest ? null : "is not a date and time of the calendar";
    }

    /// <inheritdoc cref="Read(ReadOnlySpan{byte}, out long)"/>
    public static string? Read(string text, out long micros) => Read(Encoding.UTF8.GetBytes(text), out micros);

    private const int UnixEpochDay = 719_162;
    // Years 1 to 9999 after the zone was taken off, so that every accepted instant can be written again.
    private const long Earliest = -62_135_596_800_000_000;
    private const long Latest = 253_402_300_799_999_999;

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit((char)c)) return false;
            value = value * 10 + c - '0';
        }
        return true;
    }
}
