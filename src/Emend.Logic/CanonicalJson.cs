using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

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

        // .NET's "R" digits are the shortest that round-trip, as ECMAScript asks; only the exponent is laid out differently.
        var text = value.ToString("E16", CultureInfo.InvariantCulture);
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var exponent = int.Parse(text.AsSpan(text.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var digits = new StringBuilder();
        foreach (var c in shortest.AsSpan(0, shortest.IndexOf('E', StringComparison.Ordinal) is var e and >= 0 ? e : shortest.Length))
            if (char.IsAsciiDigit(c)) digits.Append(c);
        var d = digits.ToString().TrimStart('0').TrimEnd('0');
        var sign = value < 0 ? "-" : "";
        var n = exponent + 1;
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
        foreach (var c in value)
        {
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

    /// <summary>Canonical text of any JSON value. Duplicate members are refused, since only one of them could survive.</summary>
    /// <exception cref="JsonException">The value holds an object with duplicate members.</exception>
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
        using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false });
        return Of(document.RootElement);
    }

    /// <inheritdoc cref="Of(ReadOnlyMemory{byte})"/>
    public static string Of(string json) => Of(Encoding.UTF8.GetBytes(json));

    private static void Append(StringBuilder to, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = element.EnumerateObject().ToArray();
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
            case JsonValueKind.String: AppendQuoted(to, element.GetString()!); break;
            case JsonValueKind.Number: to.Append(Number(element.GetDouble())); break;
            case JsonValueKind.True: to.Append("true"); break;
            case JsonValueKind.False: to.Append("false"); break;
            default: to.Append("null"); break;
        }
    }
}
