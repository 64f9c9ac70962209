namespace Emend.Engine.Evaluating.Statistics;

/// <summary>
/// Confidence sequence for the mean of values between 0 and 1: holds at every look, from the first value on, without any assumption
/// about their distribution beyond a steady mean.
/// </summary>
/// <remarks>
/// The predictable plug-in empirical Bernstein sequence of Waudby-Smith and Ramdas, "Estimating means of bounded random variables by
/// betting", JRSS-B 2024 (arXiv 2010.09686), with the constants of the authors' <c>confseq</c>: each value is weighed with
/// lambda = min(1/2, sqrt(2 ln(1/alpha) / (v t ln(1 + t)))), v being the variance of those before it, and the bound is
/// [sum(lambda x) - ln(1/alpha) - sum(psi(lambda) (x - mean)^2)] / sum(lambda) with psi(l) = -ln(1 - l) - l.
/// </remarks>
/// <param name="alpha">Probability that the interval ever misses the mean; each side takes half of it.</param>
internal sealed class EmpiricalBernstein(double alpha)
{
    private readonly double _log = Math.Log(2 / alpha);
    // 1 - x has the same deviations as x, so one set of sums serves both sides: but for the first value, which each side sets against zero.
    private double _sum, _squares = 0.25, _weights, _weighted, _penaltyBelow, _penaltyAbove;

    /// <summary>Values seen.</summary>
    public long Count { get; private set; }

    /// <summary>Their mean; 0 before the first.</summary>
    public double Mean => Count == 0 ? 0 : _sum / Count;

    /// <summary>The mean lies above this; 0 when that is all one can say.</summary>
    public double Lower { get; private set; }

    /// <summary>The mean lies below this; 1 when that is all one can say.</summary>
    public double Upper { get; private set; } = 1;

    /// <summary>Takes a value in.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside 0 to 1.</exception>
    public void Add(double value)
    {
        if (!(value is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(value), value, "values lie between 0 and 1");
        var variance = _squares / (Count + 1);
        var (below, above) = Count == 0 ? (value, 1 - value) : (value - Mean, value - Mean);
        Count++;
        var weight = Math.Min(0.5, Math.Sqrt(2 * _log / (variance * Count * Math.Log(1 + Count))));
        var psi = -Math.Log(1 - weight) - weight;
        _weights += weight;
        _weighted += weight * value;
        _penaltyBelow += psi * below * below;
        _penaltyAbove += psi * above * above;
        _sum += value;
        // One made-up value of a half and its variance of a quarter keep the first estimates away from nothing.
        var mean = (0.5 + _sum) / (Count + 1);
        _squares += (value - mean) * (value - mean);

        var middle = _weighted / _weights;
        // What was excluded once stays excluded.
        Lower = Math.Max(Lower, middle - (_log + _penaltyBelow) / _weights);
        Upper = Math.Min(Upper, middle + (_log + _penaltyAbove) / _weights);
    }
}
