using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Emend.Logic;

/// <summary>
/// One byte string per JSON value: members sorted by UTF-16 code unit, no white space, shortest round-trip numbers,
/// minimal escapes. Follows RFC 8785 (JSON Canonicalization Scheme).
/// </summary>
public static class CanonicalJson
{
    /// <summary>Instants on the wire: ISO 8601, UTC, no trailing zeros in the fraction.</summary>
    public const string InstantFormat = "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'";

    /// <summary>Writes a number the way ECMAScript does (RFC 8785, section 3.2.2.3).</summary>
    /// <exception cref="ArgumentException"><paramref name="value"/> is NaN or infinite: JSON has no such number.</exception>
    public static string Number(double value)
    {
        if (!double.IsFinite(value)) throw new ArgumentException("JSON has no NaN and no infinity.", nameof(value));
        if (value == 0) return "0";
        if (value == Math.Floor(value) && Math.Abs(value) < 1e15) return ((long)value).ToString(CultureInfo.InvariantCulture);

        // .NET's "R" digits are the shortest that round-trip, as ECMAScript asks; only the point and the exponent are laid out differently.
        Span<char> shortest = stackalloc char[32];
        value.TryFormat(shortest, out var length, "R", CultureInfo.InvariantCulture);
        shortest = shortest[..length];
        var exponent = 0;
        if (shortest.IndexOf('E') is var e and >= 0)
        {
            exponent = int.Parse(shortest[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            shortest = shortest[..e];
        }
        var digits = new StringBuilder(20);
        var point = 0; // place of the decimal point, counted from the first digit that is not zero
        var seenPoint = false;
        foreach (var c in shortest)
        {
            if (c == '.') seenPoint = true;
            else if (char.IsAsciiDigit(c))
            {
                if (digits.Length > 0 || c != '0') digits.Append(c);
                if (!seenPoint && digits.Length > 0) point++;
                else if (seenPoint && digits.Length == 0) point--;
            }
        }
        var d = digits.ToString().TrimEnd('0');
        var sign = value < 0 ? "-" : "";
        var n = point + exponent;
        if (n is > 0 and <= 21)
            return sign + (d.Length <= n ? d.PadRight(n, '0') : $"{d[..n]}.{d[n..]}");
        if (n is > -6 and <= 0)
            return $"{sign}0.{new string('0', -n)}{d}";
        var tail = string.Create(CultureInfo.InvariantCulture, $"e{(n - 1 < 0 ? "-" : "+")}{Math.Abs(n - 1)}");
        return sign + (d.Length == 1 ? d : $"{d[0]}.{d[1..]}") + tail;
    }

    /// <summary>Quotes and escapes a string (RFC 8785, section 3.2.2.2).</summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder(value.Length + 2);
        AppendQuoted(text, value);
        return text.ToString();
    }

    /// <summary>Appends a quoted, escaped string to <paramref name="to"/>.</summary>
    public static void AppendQuoted(StringBuilder to, string value)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(value);
        to.Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            switch (c)
            {
                case '"': to.Append("\\\""); break;
                case '\\': to.Append("\\\\"); break;
                case '\b': to.Append("\\b"); break;
                case '\t': to.Append("\\t"); break;
                case '\n': to.Append("\\n"); break;
                case '\f': to.Append("\\f"); break;
                case '\r': to.Append("\\r"); break;
                case < ' ': to.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"); break;
                case >= '\ud800' and <= '\udfff':
                    // Half a pair has no UTF-8 form. Escaped it stays visible here; canonical bytes refuse it (Of).
                    if (i + 1 < value.Length && char.IsSurrogatePair(c, value[i + 1])) to.Append(c).Append(value[++i]);
                    else to.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                default: to.Append(c); break;
            }
        }
        to.Append('"');
    }

    /// <summary>A feature value as JSON text: strings quoted, sets as arrays, instants as quoted ISO 8601, missing as <c>null</c>.</summary>
    /// <remarks>Infinite numbers have no JSON form; they are written as the strings <c>"Infinity"</c> and <c>"-Infinity"</c> for display only.</remarks>
    public static string Text(FeatureValue value) => value.Kind switch
    {
        FeatureKind.String => Quote(value.AsString),
        FeatureKind.Number => double.IsFinite(value.AsNumber) ? Number(value.AsNumber) : value.AsNumber > 0 ? "\"Infinity\"" : "\"-Infinity\"",
        FeatureKind.Boolean => value.AsBoolean ? "true" : "false",
        FeatureKind.Timestamp => Quote(Instant(value.AsMicroseconds)),
        FeatureKind.StringSet => "[" + string.Join(',', value.AsSet.ToArray().Select(Quote)) + "]",
        _ => "null",
    };

    /// <summary>Microseconds since 1970-01-01T00:00:00Z as ISO 8601 in UTC.</summary>
    public static string Instant(long unixMicroseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(unixMicroseconds * TimeSpan.TicksPerMicrosecond).ToString(InstantFormat, CultureInfo.InvariantCulture);

    /// <summary>Reads an instant in ISO 8601 with a zone (<c>Z</c> or <c>+02:00</c>); digits beyond the microsecond are dropped.</summary>
    /// <returns>False when it is not one, or has no zone: a time without a zone is no instant.</returns>
    public static bool TryInstant(string? text, out long unixMicroseconds)
    {
        var read = DateTimeOffset.TryParseExact(text, InstantForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at);
        unixMicroseconds = read ? FeatureValue.UnixMicroseconds(at) : 0;
        return read;
    }

    private static readonly string[] InstantForms = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mmzzz"];

    /// <summary>Whether a string has a UTF-8 form: no half of a surrogate pair stands alone in it.</summary>
    public static bool IsWellFormed(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        for (var i = 0; i < value.Length; i++)
        {
            if (!char.IsSurrogate(value[i])) continue;
            if (i + 1 >= value.Length || !char.IsSurrogatePair(value[i], value[i + 1])) return false;
            i++;
        }
        return true;
    }

    /// <summary>Canonical text of any JSON value. Duplicate members are refused, since only one of them could survive.</summary>
    /// <exception cref="JsonException">
    /// The value holds an object with duplicate members, a string with half a surrogate pair, or a number beyond the range of a double.
    /// </exception>
    public static string Of(JsonElement element)
    {
        var text = new StringBuilder();
        Append(text, element);
        return text.ToString();
    }

    /// <summary>Parses JSON and returns its canonical text.</summary>
    /// <exception cref="JsonException">The text is not one JSON value, is nested deeper than 64, or holds duplicate members.</exception>
    public static string Of(ReadOnlyMemory<byte> utf8)
    {
        using var document = Parse(utf8, maxDepth: 64);
        return Of(document.RootElement);
    }

    /// <inheritdoc cref="Of(ReadOnlyMemory{byte})"/>
    public static string Of(string json) => Of(Encoding.UTF8.GetBytes(json));

    private static void Append(StringBuilder to, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = element.EnumerateObject().Select(static m => (Name: NameOf(m), m.Value)).ToArray();
                Array.Sort(members, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
                to.Append('{');
                for (var i = 0; i < members.Length; i++)
                {
                    if (i > 0)
                    {
                        if (string.Equals(members[i].Name, members[i - 1].Name, StringComparison.Ordinal))
                            throw new JsonException($"member '{members[i].Name}' stands twice in one object");
                        to.Append(',');
                    }
                    AppendQuoted(to, members[i].Name);
                    to.Append(':');
                    Append(to, members[i].Value);
                }
                to.Append('}');
                break;
            case JsonValueKind.Array:
                to.Append('[');
                var first = true;
                foreach (var item in element.EnumerateArray())
                {
                    if (!first) to.Append(',');
                    first = false;
                    Append(to, item);
                }
                to.Append(']');
                break;
            case JsonValueKind.String: AppendQuoted(to, StringOf(element)); break;
            case JsonValueKind.Number: to.Append(Number(NumberOf(element))); break;
            case JsonValueKind.True: to.Append("true"); break;
            case JsonValueKind.False: to.Append("false"); break;
            default: to.Append("null"); break;
        }
    }

    /// <summary>A JSON number as a double.</summary>
    /// <exception cref="JsonException">It is beyond the range of a double.</exception>
    internal static double NumberOf(JsonElement element) =>
        element.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw new JsonException($"number {Shown(element.GetRawText())} is beyond the range of a double (about 1.8e308)");

    /// <summary>A JSON string.</summary>
    /// <exception cref="JsonException">It holds half a surrogate pair.</exception>
    internal static string StringOf(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException($"string {Shown(element.GetRawText())} holds half a surrogate pair, which has no UTF-8 form", e);
        }
    }

    /// <summary>Parses strictly: valid UTF-8, no member twice. JsonDocument alone looks at the encoding only when a string is read, and then throws something else.</summary>
    /// <exception cref="JsonException">The bytes are not that.</exception>
    internal static JsonDocument Parse(ReadOnlyMemory<byte> utf8, int maxDepth)
    {
        if (!Utf8.IsValid(utf8.Span)) throw new JsonException("the bytes are not valid UTF-8");
        try
        {
            return JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = maxDepth, AllowDuplicateProperties = false });
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("the name of a member holds half a surrogate pair, which has no UTF-8 form", e);
        }
    }

    /// <summary>The name of a member.</summary>
    /// <exception cref="JsonException">It holds half a surrogate pair.</exception>
    internal static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("the name of a member holds half a surrogate pair, which has no UTF-8 form", e);
        }
    }

    private static string Shown(string raw) => raw.Length <= 40 ? raw : raw[..40] + "…";
}
