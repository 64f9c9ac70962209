namespace Emend.Engine.Evaluating.Statistics;

/// <summary>
/// Notices that the mean of a stream of values between 0 and 1 changed, up or down: a window that grows while nothing changes and drops its older
/// part as soon as both parts differ by more than chance allows.
/// </summary>
/// <remarks>
/// ADWIN2 of Bifet and Gavaldà, "Learning from time-changing data with adaptive windowing" (2007): the window is kept as buckets of 1, 2, 4 ... values,
/// five of a size at most; every <c>clock</c> values each boundary between buckets is tried as the place of a change, with the bound
/// sqrt(2 m v d) + 2/3 m d, d = ln(2 ln(n) / delta), v the variance and 1/m the harmonic mean of the parts.
/// </remarks>
/// <param name="delta">Probability of a false change in one window. Default 0.002.</param>
/// <param name="clock">Values between two checks. Default 32.</param>
internal sealed class Adwin(double delta = 0.002, int clock = 32)
{
    private const int PerSize = 5, LeastPart = 5, LeastWindow = 10;
    // By size, smallest first; in each the oldest first. Size k holds 2^k values.
    private readonly List<List<(double Sum, double Squares)>> _rows = [];
    private double _sum, _squares;
    // The last change: when it was noticed, and what was dropped for it.
    private long _noticedAt = -1, _droppedCount;
    private double _droppedSum;

    /// <summary>Values seen.</summary>
    public long Count { get; private set; }

    /// <summary>Values in the window: those since the last change.</summary>
    public long Width { get; private set; }

    /// <summary>Mean of the window.</summary>
    public double Mean => Width == 0 ? 0 : _sum / Width;

    /// <summary>Changes noticed. What is dropped in several steps is one change, as long as the place found for it lies before it was first noticed.</summary>
    public int Changes { get; private set; }

    /// <summary>Mean of what was dropped at the last change; null before the first.</summary>
    public double? Before { get; private set; }

    /// <summary>Takes a value in; answers whether a change was noticed that was not known yet.</summary>
    public bool Add(double value)
    {
        Count++;
        Width++;
        _sum += value;
        _squares += value * value;
        if (_rows.Count == 0) _rows.Add([]);
        _rows[0].Add((value, value * value));
        for (var row = 0; row < _rows.Count && _rows[row].Count > PerSize; row++)
        {
            if (row + 1 == _rows.Count) _rows.Add([]);
            var (a, b) = (_rows[row][0], _rows[row][1]);
            _rows[row].RemoveRange(0, 2);
            _rows[row + 1].Add((a.Sum + b.Sum, a.Squares + b.Squares));
        }
        return Count % clock == 0 && Width > LeastWindow && Shrink();
    }

    private bool Shrink()
    {
        var (sum, width) = (_sum, Width);
        while (FindsChange()) DropOldest();
        if (Width == width) return false;
        // Few values of the new kind place a change too early: it is found again, further on.
        var isKnown = Count - Width <= _noticedAt;
        if (!isKnown) (Changes, _noticedAt, _droppedSum, _droppedCount) = (Changes + 1, Count, 0, 0);
        (_droppedSum, _droppedCount) = (_droppedSum + sum - _sum, _droppedCount + width - Width);
        Before = _droppedSum / _droppedCount;
        return !isKnown;
    }

    private bool FindsChange()
    {
        if (Width <= LeastWindow) return false;
        var variance = Math.Max(0, _squares / Width - Mean * Mean);
        var log = Math.Log(2 * Math.Log(Width) / delta);
        var (oldCount, oldSum) = (0L, 0.0);
        for (var row = _rows.Count - 1; row >= 0; row--)
        {
            foreach (var (sum, _) in _rows[row])
            {
                oldCount += 1L << row;
                oldSum += sum;
                var newCount = Width - oldCount;
                if (oldCount < LeastPart) continue;
                if (newCount < LeastPart) return false;
                var m = 1.0 / (oldCount - LeastPart + 1) + 1.0 / (newCount - LeastPart + 1);
                if (Math.Abs(oldSum / oldCount - (_sum - oldSum) / newCount) > Math.Sqrt(2 * m * variance * log) + 2.0 / 3 * m * log) return true;
            }
        }
        return false;
    }

    private void DropOldest()
    {
        var last = _rows.Count - 1;
        var (sum, squares) = _rows[last][0];
        _rows[last].RemoveAt(0);
        (_sum, _squares, Width) = (_sum - sum, _squares - squares, Width - (1L << last));
        while (_rows.Count > 0 && _rows[^1].Count == 0) _rows.RemoveAt(_rows.Count - 1);
    }
}
