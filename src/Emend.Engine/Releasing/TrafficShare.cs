using System.Globalization;

namespace Emend.Engine.Releasing;

/// <summary>Share of live traffic served a candidate, in basis points (1 bp = 0.01 %), 0 to 10,000.</summary>
/// <remarks>The default is 0: a share nobody set serves nobody.</remarks>
internal readonly record struct TrafficShare : IComparable<TrafficShare>
{
    private TrafficShare(int basisPoints) => BasisPoints = basisPoints;

    /// <summary>Nobody is served: the candidate is computed beside and not used.</summary>
    public static TrafficShare Shadow => default;

    /// <summary>Everybody.</summary>
    public static TrafficShare Full { get; } = new(10_000);

    public int BasisPoints { get; }

    /// <summary>From 0 to 1.</summary>
    public double Fraction => BasisPoints / 10_000.0;

    /// <exception cref="ArgumentOutOfRangeException"><paramref name="value"/> is below 0 or above 10,000.</exception>
    public static TrafficShare FromBasisPoints(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 10_000);
        return new(value);
    }

    public int CompareTo(TrafficShare other) => BasisPoints.CompareTo(other.BasisPoints);
    public static bool operator <(TrafficShare a, TrafficShare b) => a.BasisPoints < b.BasisPoints;
    public static bool operator >(TrafficShare a, TrafficShare b) => a.BasisPoints > b.BasisPoints;
    public static bool operator <=(TrafficShare a, TrafficShare b) => a.BasisPoints <= b.BasisPoints;
    public static bool operator >=(TrafficShare a, TrafficShare b) => a.BasisPoints >= b.BasisPoints;

    public override string ToString() => BasisPoints == 0 ? "shadow" : (BasisPoints / 100.0).ToString("0.##", CultureInfo.InvariantCulture) + " %";
}
