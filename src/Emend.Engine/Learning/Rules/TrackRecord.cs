namespace Emend.Engine.Learning.Rules;

/// <summary>
/// How likely the next proposal of each action is right, from the reviews of all of them: an empirical-Bayes mixture. An action is
/// either <i>dead</i> (never right: a label that left the catalogue, a tool that is not there) or has its own rate, drawn from a beta
/// distribution common to the agent's actions. One wrong proposal of a mostly good agent proves little; several without a single right one do.
/// </summary>
internal sealed class TrackRecord
{
    private readonly double[] _right;

    private TrackRecord(double[] right, double overall)
    {
        _right = right;
        Overall = overall;
    }

    /// <summary>Share of proposals that were right.</summary>
    public double Overall { get; }

    /// <summary>Probability that the next proposal of an action is right.</summary>
    public double Right(int label) => label < _right.Length ? _right[label] : Overall;

    /// <summary>Fits the mixture.</summary>
    /// <param name="right">Right proposals per action.</param>
    /// <param name="reviewed">Reviewed proposals per action.</param>
    /// <param name="mayBeDead">Actions that nobody ever named as the truth.</param>
    /// <param name="unknown">Actions that are certainly not in the catalogue: never right, whatever the counts.</param>
    public static TrackRecord Of(ReadOnlySpan<double> right, ReadOnlySpan<double> reviewed, ReadOnlySpan<bool> mayBeDead, ReadOnlySpan<bool> unknown)
    {
        double allRight = 0, all = 0;
        for (var i = 0; i < right.Length; i++)
        {
            if (unknown[i]) continue;
            allRight += right[i];
            all += reviewed[i];
        }
        var overall = (allRight + 1) / (all + 2);
        var (bestShare, bestStrength, best) = (0.0, 1.0, double.NegativeInfinity);
        foreach (var strength in (ReadOnlySpan<double>)[1, 1.5, 2, 3, 4, 6, 8, 16])
        {
            foreach (var share in (ReadOnlySpan<double>)[0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3])
            {
                // Before any data one action in twenty is dead and rates spread as if four reviews of each were known; both are weak and give way.
                var fit = 19 * Math.Log(1 - share) + Math.Log(share) - Math.Pow(Math.Log2(strength / 4), 2) / 2;
                for (var i = 0; i < right.Length; i++)
                {
                    if (reviewed[i] <= 0 || unknown[i]) continue;
                    var alive = Math.Exp(LogBeta(right[i] + strength * overall, reviewed[i] - right[i] + strength * (1 - overall)) - LogBeta(strength * overall, strength * (1 - overall)));
                    fit += Math.Log((1 - share) * alive + (right[i] == 0 && mayBeDead[i] ? share : 0));
                }
                if (fit > best) (bestShare, bestStrength, best) = (share, strength, fit);
            }
        }
        var next = new double[right.Length];
        for (var i = 0; i < right.Length; i++)
        {
            if (unknown[i]) continue;
            var mean = (right[i] + bestStrength * overall) / (reviewed[i] + bestStrength);
            var alive = Math.Exp(LogBeta(right[i] + bestStrength * overall, reviewed[i] - right[i] + bestStrength * (1 - overall)) - LogBeta(bestStrength * overall, bestStrength * (1 - overall)));
            var dead = right[i] == 0 && mayBeDead[i] ? bestShare / (bestShare + (1 - bestShare) * alive) : 0;
            next[i] = (1 - dead) * mean;
        }
        return new(next, overall);
    }

    private static double LogBeta(double a, double b) => LogGamma(a) + LogGamma(b) - LogGamma(a + b);

    // Stirling's series after shifting the argument above 7: relative error below 1e-10 for all positive arguments.
    private static double LogGamma(double x)
    {
        var shift = 0.0;
        while (x < 7) shift -= Math.Log(x++);
        var inverse = 1 / x;
        var square = inverse * inverse;
        return shift + (x - 0.5) * Math.Log(x) - x + 0.91893853320467274 + inverse * (1.0 / 12 - square * (1.0 / 360 - square / 1260));
    }
}
