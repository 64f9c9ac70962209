using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Emend.Logic.Evaluation;

/// <summary>
/// The boundaries one operand is compared with, numbers or instants: a value is replaced by its rank among them, so that every
/// comparison becomes a range of small integers and stays exact.
/// </summary>
internal sealed class Thresholds
{
    // Buckets of equal width point near the answer; a bucket crowded by skewed boundaries is searched by halving.
    private readonly long[] _keys;
    private readonly int[] _buckets;
    private readonly double _low;
    private readonly double _scale;

    private readonly bool _isNumeric;

    private Thresholds(long[] keys, bool isNumeric)
    {
        _keys = keys;
        _isNumeric = isNumeric;
        _buckets = new int[(keys.Length * 2) + 2];
        _low = keys.Length == 0 ? 0 : Math.Clamp(AsNumber(keys[0]), -1e300, 1e300);
        var high = keys.Length == 0 ? 0 : Math.Clamp(AsNumber(keys[^1]), -1e300, 1e300);
        _scale = high > _low ? (_buckets.Length - 2) / (high - _low) : 0;
        if (!double.IsFinite(_scale)) _scale = 0;
        var at = 0;
        for (var bucket = 0; bucket < _buckets.Length; bucket++)
        {
            while (at < keys.Length && Bucket(AsNumber(keys[at])) < bucket) at++;
            _buckets[bucket] = at;
        }
    }

    /// <summary>How many boundaries; ranks run from 0 to it.</summary>
    public int Count => _keys.Length;

    /// <summary>Boundaries, sorted and distinct; the rank of a key is how many of them are at or below it.</summary>
    public static Thresholds OfNumbers(IEnumerable<long> keys) => Make(keys, isNumeric: true);

    /// <inheritdoc cref="OfNumbers"/>
    public static Thresholds OfInstants(IEnumerable<long> keys) => Make(keys, isNumeric: false);

    /// <summary>An integer that orders like the number: neighbours of doubles are neighbours here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Key(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        return bits ^ ((bits >> 63) & long.MaxValue);
    }

    /// <summary>Rank of a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rank(double value) => Rank(Key(value), value);

    /// <summary>Rank of an instant.</summary>
    public int Rank(long microseconds) => Rank(microseconds, microseconds);

    /// <summary>Rank of a key, without the detour over buckets.</summary>
    public int RankOfKey(long key)
    {
        var at = Array.BinarySearch(_keys, key);
        return at >= 0 ? at + 1 : ~at;
    }

    private static Thresholds Make(IEnumerable<long> keys, bool isNumeric)
    {
        var sorted = keys.Distinct().ToArray();
        Array.Sort(sorted);
        return new(sorted, isNumeric);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Rank(long key, double value)
    {
        var bucket = Bucket(value);
        ref var buckets = ref MemoryMarshal.GetArrayDataReference(_buckets);
        ref var keys = ref MemoryMarshal.GetArrayDataReference(_keys);
        var low = Unsafe.Add(ref buckets, bucket);
        var high = bucket + 1 < _buckets.Length ? Unsafe.Add(ref buckets, bucket + 1) : _keys.Length;
        while (high - low > 8)
        {
            var middle = (low + high) >>> 1;
            if (Unsafe.Add(ref keys, middle) <= key) low = middle + 1;
            else high = middle;
        }
        while (low < high && Unsafe.Add(ref keys, low) <= key) low++;
        return low;
    }

    // Never decreases with the value (rounding is monotone), which is all that Rank needs.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Bucket(double value)
    {
        var place = (value - _low) * _scale;
        return place > 0 ? (int)Math.Min(place, _buckets.Length - 2) + 1 : 0;
    }

    private double AsNumber(long key) => _isNumeric ? BitConverter.Int64BitsToDouble(key ^ ((key >> 63) & long.MaxValue)) : key;
}
