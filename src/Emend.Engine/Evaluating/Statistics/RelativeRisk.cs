namespace Emend.Engine.Evaluating.Statistics;

/// <summary>How many times as likely a bad outcome is in the canary as in the stable arm, with an interval that holds at every look.</summary>
/// <remarks>
/// A value r is left in the interval while the mean likelihood of a grid of risks from 1/20 to 20, set against the likelihood of r, is below
/// 1/alpha: for the true r that ratio is a test martingale (Howard et al., Annals of Statistics 49(2), 2021). Where a bad outcome falls does not depend on
/// the base rate (<see cref="EProcess"/>).
/// </remarks>
internal sealed class RelativeRisk
{
    private const int Points = 241;
    private const double Widest = 20;
    private static readonly double[] Grid = [.. Enumerable.Range(0, Points).Select(static i => Math.Pow(Widest, 2.0 * i / (Points - 1) - 1))];
    private readonly SortedDictionary<double, (long InCanary, long All)> _byShare = [];

    /// <summary>Takes one event in.</summary>
    public void Add(BadEvent bad)
    {
        var seen = _byShare.GetValueOrDefault(bad.Share);
        _byShare[bad.Share] = (seen.InCanary + (bad.InCanary ? 1 : 0), seen.All + 1);
    }

    /// <summary>The interval; from 0 or to infinity where nothing excludes more.</summary>
    /// <param name="alpha">Probability that it ever misses.</param>
    public Interval Within(double alpha)
    {
        if (_byShare.Count == 0) return new(0, double.PositiveInfinity);
        var logs = Array.ConvertAll(Grid, LogLikelihood);
        var most = logs.Max();
        var mixture = most + Math.Log(logs.Sum(log => Math.Exp(log - most)) / Points);
        var inside = Enumerable.Range(0, Points).Where(i => mixture - logs[i] < -Math.Log(alpha)).ToList();
        // A likelihood with one summit leaves a stretch; a neighbour more on each side, for the true bound lies between two points.
        return inside is [] ? Interval.Unknown : new(inside[0] == 0 ? 0 : Grid[inside[0] - 1], inside[^1] == Points - 1 ? double.PositiveInfinity : Grid[inside[^1] + 1]);
    }

    private double LogLikelihood(double risk)
    {
        var sum = 0.0;
        foreach (var (share, seen) in _byShare)
        {
            var theta = EProcess.Theta(share, risk);
            sum += seen.InCanary * Math.Log(theta) + (seen.All - seen.InCanary) * Math.Log(1 - theta);
        }
        return sum;
    }
}
