namespace Emend.Engine.Evaluating.Statistics;

/// <summary>An interval for a difference of means, candidate minus stable; half-open or unbounded where nothing can be said yet.</summary>
internal readonly record struct Interval(double Lower, double Upper)
{
    /// <summary>Nothing is known.</summary>
    public static Interval Unknown { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Whether something is known.</summary>
    public bool IsKnown => double.IsFinite(Lower) && double.IsFinite(Upper);
}

/// <summary>How the mean of a metric differs between the arms of a release, with an interval that holds at every look.</summary>
/// <remarks>
/// The estimate is the mean of (A/pi - (1-A)/(1-pi)) (y - c), where A says whether the unit is in the canary, pi is the canary's share when
/// it was assigned and c the mean of all values before it. Weighing by pi keeps it right while the share changes and the metric drifts
/// (a plain difference of means would compare late canary units with early stable ones); taking c off keeps its variance that of the plain
/// difference. The interval around it is <see cref="AsymptoticSequence"/>.
/// </remarks>
internal sealed class MeanDifference
{
    private double _center, _mean, _squares;
    private ArmMean _canary, _stable;

    /// <summary>Units of each arm and their means.</summary>
    public ArmMean Canary => _canary;

    /// <inheritdoc cref="Canary"/>
    public ArmMean Stable => _stable;

    /// <summary>Units seen.</summary>
    public long Count { get; private set; }

    /// <summary>Candidate minus stable.</summary>
    public double Estimate => _mean;

    /// <summary>Takes the first value of one unit in.</summary>
    /// <param name="inCanary">Whether it was served the candidate.</param>
    /// <param name="share">The canary's share when it was assigned, strictly between 0 and 1.</param>
    /// <param name="value">The value.</param>
    public void Add(bool inCanary, double share, double value)
    {
        if (!(share is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "the canary's share lies strictly between 0 and 1");
        // The first value is its own centre: there is none before it, and a centre far off would cost width for long.
        if (Count == 0) _center = value;
        var term = (inCanary ? 1 / share : -1 / (1 - share)) * (value - _center);
        Count++;
        _center += (value - _center) / Count;
        var delta = term - _mean;
        _mean += delta / Count;
        _squares += delta * (term - _mean);
        if (inCanary) _canary.Add(value);
        else _stable.Add(value);
    }

    /// <summary>The two-sided interval; unknown until both arms are past the burn-in.</summary>
    /// <param name="alpha">Probability that it ever misses.</param>
    public Interval TwoSided(double alpha)
    {
        if (Math.Min(_canary.Count, _stable.Count) < AsymptoticSequence.BurnIn) return Interval.Unknown;
        var half = AsymptoticSequence.TwoSided(_squares / Count, Count, alpha);
        return new(_mean - half, _mean + half);
    }
}

/// <summary>Mean and variance of one arm.</summary>
internal struct ArmMean
{
    private double _squares;

    /// <summary>Units.</summary>
    public long Count { get; private set; }

    /// <summary>Their mean.</summary>
    public double Mean { get; private set; }

    /// <summary>Their variance.</summary>
    public readonly double Variance => Count == 0 ? 0 : _squares / Count;

    /// <summary>Takes a value in.</summary>
    public void Add(double value)
    {
        Count++;
        var delta = value - Mean;
        Mean += delta / Count;
        _squares += delta * (value - Mean);
    }
}
