namespace Emend.Logic;

/// <summary>The type of a context feature.</summary>
public enum FeatureKind : byte
{
    /// <summary>No value: absent, JSON null, or a number that is not a number (NaN). Only <c>missing</c> holds on it.</summary>
    Missing = 0,
    /// <summary>Unicode text, compared ordinally.</summary>
    String,
    /// <summary>A double; both infinities are ordinary, ordered values.</summary>
    Number,
    /// <summary>True or false.</summary>
    Boolean,
    /// <summary>A set of strings without order or duplicates.</summary>
    StringSet,
    /// <summary>An instant in UTC, microsecond precision.</summary>
    Timestamp,
}

/// <summary>One typed value of a context: a string, number, boolean, string set or timestamp.</summary>
/// <remarks>The default value is <see cref="FeatureKind.Missing"/>: a feature nobody set satisfies no condition but <c>missing</c>.</remarks>
public readonly struct FeatureValue : IEquatable<FeatureValue>
{
    private readonly long _bits;
    private readonly object? _reference;

    private FeatureValue(FeatureKind kind, long bits, object? reference)
    {
        Kind = kind;
        _bits = bits;
        _reference = reference;
    }

    /// <summary>The type; <see cref="FeatureKind.Missing"/> for the default value.</summary>
    public FeatureKind Kind { get; }

    /// <summary>No value at all.</summary>
    public static FeatureValue Missing => default;

    /// <summary>Wraps a string; null becomes <see cref="Missing"/>.</summary>
    public static FeatureValue Of(string? value) => value is null ? default : new(FeatureKind.String, 0, value);

    /// <summary>Wraps a number; NaN becomes <see cref="Missing"/>, negative zero becomes zero.</summary>
    public static FeatureValue Of(double value) =>
        double.IsNaN(value) ? default : new(FeatureKind.Number, BitConverter.DoubleToInt64Bits(value == 0 ? 0 : value), null);

    /// <summary>Wraps a boolean.</summary>
    public static FeatureValue Of(bool value) => new(FeatureKind.Boolean, value ? 1 : 0, null);

    /// <summary>Wraps an instant, truncated to microseconds, in UTC.</summary>
    public static FeatureValue Of(DateTimeOffset value) => OfMicroseconds(UnixMicroseconds(value));

    /// <summary>Wraps an instant given in microseconds since 1970-01-01T00:00:00Z, years 1 to 9999.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The instant lies outside those years: it has no ISO 8601 form.</exception>
    public static FeatureValue OfMicroseconds(long value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, MinMicroseconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxMicroseconds);
        return new(FeatureKind.Timestamp, value, null);
    }

    /// <summary>0001-01-01T00:00:00Z.</summary>
    public const long MinMicroseconds = -62_135_596_800_000_000;

    /// <summary>The last microsecond of the year 9999.</summary>
    public const long MaxMicroseconds = 253_402_300_799_999_999;

    /// <summary>Wraps a set of strings: sorted ordinally, duplicates dropped.</summary>
    public static FeatureValue OfSet(IEnumerable<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var set = values.Distinct(StringComparer.Ordinal).ToArray();
        Array.Sort(set, StringComparer.Ordinal);
        return new(FeatureKind.StringSet, 0, set);
    }

    /// <summary>The string. Empty unless <see cref="Kind"/> is <see cref="FeatureKind.String"/>.</summary>
    public string AsString => Kind == FeatureKind.String ? (string)_reference! : "";

    /// <summary>The number; the microseconds of a timestamp; NaN for every other kind.</summary>
    public double AsNumber => Kind switch
    {
        FeatureKind.Number => BitConverter.Int64BitsToDouble(_bits),
        FeatureKind.Timestamp => _bits, // inexact beyond the year 2255; comparisons use Order
        _ => double.NaN,
    };

    /// <summary>The boolean. False unless <see cref="Kind"/> is <see cref="FeatureKind.Boolean"/>.</summary>
    public bool AsBoolean => Kind == FeatureKind.Boolean && _bits != 0;

    /// <summary>Microseconds since 1970-01-01T00:00:00Z. Zero unless <see cref="Kind"/> is <see cref="FeatureKind.Timestamp"/>.</summary>
    public long AsMicroseconds => Kind == FeatureKind.Timestamp ? _bits : 0;

    /// <summary>The members, sorted ordinally. Empty unless <see cref="Kind"/> is <see cref="FeatureKind.StringSet"/>.</summary>
    public ReadOnlySpan<string> AsSet => Kind == FeatureKind.StringSet ? (string[])_reference! : [];

    /// <summary>Microseconds since 1970-01-01T00:00:00Z of an instant, rounded towards the past.</summary>
    public static long UnixMicroseconds(DateTimeOffset value)
    {
        var (whole, rest) = Math.DivRem(value.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks, TimeSpan.TicksPerMicrosecond);
        return rest < 0 ? whole - 1 : whole;
    }

    /// <summary>Orders two numbers or two timestamps, exactly; null for everything else, which has no order.</summary>
    internal int? Order(FeatureValue other) => Kind != other.Kind ? null : Kind switch
    {
        FeatureKind.Number => AsNumber.CompareTo(other.AsNumber),
        FeatureKind.Timestamp => _bits.CompareTo(other._bits),
        _ => null,
    };

    /// <inheritdoc/>
    public bool Equals(FeatureValue other) => Kind == other.Kind && _bits == other._bits && Kind switch
    {
        FeatureKind.String => string.Equals(AsString, other.AsString, StringComparison.Ordinal),
        FeatureKind.StringSet => AsSet.SequenceEqual(other.AsSet),
        _ => true,
    };

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FeatureValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Kind);
        hash.Add(_bits);
        if (Kind == FeatureKind.String) hash.Add(AsString, StringComparer.Ordinal);
        foreach (var member in AsSet) hash.Add(member, StringComparer.Ordinal);
        return hash.ToHashCode();
    }

    /// <summary>Same kind and same value.</summary>
    public static bool operator ==(FeatureValue left, FeatureValue right) => left.Equals(right);

    /// <summary>Another kind or another value.</summary>
    public static bool operator !=(FeatureValue left, FeatureValue right) => !left.Equals(right);

    /// <summary>The value as the text form of conditions writes it: <c>"refund"</c>, <c>500</c>, <c>true</c>.</summary>
    public override string ToString() => CanonicalJson.Text(this);
}
