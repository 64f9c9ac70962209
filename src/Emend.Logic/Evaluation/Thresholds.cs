using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Emend.Logic.Evaluation;

/// <summary>
/// The boundaries one operand is compared with, numbers or instants: a value is replaced by its rank among them, so that every
/// comparison becomes a range of small integers and stays exact.
/// </summary>
internal sealed class Thresholds
{
    // Buckets of equal width point near the answer; a bucket crowded by skewed boundaries is searched by halving.
    private const int Window = 4;
    private readonly long[] _keys; // padded by a window of keys above all others
    private readonly int[] _buckets; // first key of each bucket, and the end
    private readonly double _low;
    private readonly double _scale;

    private readonly bool _isNumeric;
    private readonly bool _isCrowded;
    private readonly int _lastBucket;

    private Thresholds(long[] keys, bool isNumeric)
    {
        _keys = [.. keys, .. Enumerable.Repeat(long.MaxValue, Window)];
        _isNumeric = isNumeric;
        Count = keys.Length;
        _lastBucket = (keys.Length * 2) + 1;
        _low = keys.Length == 0 ? 0 : Math.Clamp(AsNumber(keys[0]), -1e300, 1e300);
        var high = keys.Length == 0 ? 0 : Math.Clamp(AsNumber(keys[^1]), -1e300, 1e300);
        _scale = high > _low ? (_lastBucket - 1) / (high - _low) : 0;
        if (!double.IsFinite(_scale)) _scale = 0;
        _buckets = new int[_lastBucket + 2];
        var at = 0;
        for (var bucket = 0; bucket < _buckets.Length; bucket++)
        {
            while (at < keys.Length && Bucket(AsNumber(keys[at])) < bucket) at++;
            _buckets[bucket] = at;
            _isCrowded |= bucket > 0 && at - _buckets[bucket - 1] > Window;
        }
    }

    /// <summary>How many boundaries; ranks run from 0 to it.</summary>
    public int Count { get; }

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
        var at = Array.BinarySearch(_keys, 0, Count, key);
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
        ref var buckets = ref MemoryMarshal.GetArrayDataReference(_buckets);
        ref var keys = ref MemoryMarshal.GetArrayDataReference(_keys);
        var bucket = Bucket(value);
        var low = Unsafe.Add(ref buckets, bucket);
        if (_isCrowded) low = Narrow(low, Unsafe.Add(ref buckets, bucket + 1), key);
        // At most four boundaries are left; those beyond the bucket are larger anyway. No branch depends on the value.
        if (Vector256.IsHardwareAccelerated)
        {
            var above = Vector256.GreaterThan(Vector256.LoadUnsafe(ref keys, (nuint)low), Vector256.Create(key));
            return low + 4 - BitOperations.PopCount(above.ExtractMostSignificantBits());
        }
        var count = low;
        for (var i = 0; i < Window; i++) count += Unsafe.Add(ref keys, low + i) <= key ? 1 : 0;
        return count;
    }

    private int Narrow(int low, int high, long key)
    {
        while (high - low > Window)
        {
            var middle = (low + high) >>> 1;
            if (_keys[middle] <= key) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    // Never decreases with the value (rounding is monotone), which is all that Rank needs.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Bucket(double value)
    {
        var place = (value - _low) * _scale;
        return place > 0 ? place < _lastBucket ? (int)place + 1 : _lastBucket : 0;
    }

    private double AsNumber(long key) => _isNumeric ? BitConverter.Int64BitsToDouble(key ^ ((key >> 63) & long.MaxValue)) : key;
}
