using Emend.Logic.Corrector;

namespace Emend.Engine.Learning.Corrector;

/// <summary>What became, or would have become, of replacing a proposal by the best other answer.</summary>
internal enum OverrideResult : byte
{
    /// <summary>The proposal was right.</summary>
    Break,
    /// <summary>The proposal was wrong and the answer right.</summary>
    Fix,
    /// <summary>Both were wrong.</summary>
    Wasted,
}

/// <summary>The odds of a fix against a break, from a dozen figures: logistic regression with three results, learned one case at a time.</summary>
internal sealed class OddsModel
{
    private const int Results = 3;
    private const double Rate = 0.3;

    private readonly double[] _weights = new double[Results * OverrideEvidence.Count];
    private readonly double[] _squares = new double[Results * OverrideEvidence.Count];

    /// <summary>Log-odds of a fix against a break; not shrunk.</summary>
    public double Odds(ReadOnlySpan<double> figures)
    {
        double odds = 0;
        for (var f = 0; f < figures.Length; f++) odds += figures[f] * Weight(f);
        return odds;
    }

    /// <summary>Weight of a figure in the odds.</summary>
    public double Weight(int figure) => _weights[(int)OverrideResult.Fix * OverrideEvidence.Count + figure] - _weights[(int)OverrideResult.Break * OverrideEvidence.Count + figure];

    /// <summary>One step.</summary>
    public void Learn(ReadOnlySpan<double> figures, OverrideResult result, double weight)
    {
        Span<double> chances = stackalloc double[Results];
        double highest = double.NegativeInfinity, all = 0;
        for (var r = 0; r < Results; r++)
        {
            for (var f = 0; f < figures.Length; f++) chances[r] += _weights[r * OverrideEvidence.Count + f] * figures[f];
            highest = Math.Max(highest, chances[r]);
        }
        for (var r = 0; r < Results; r++) all += chances[r] = StableMath.Exp(chances[r] - highest);
        for (var r = 0; r < Results; r++)
        {
            var error = (chances[r] / all - (r == (int)result ? 1 : 0)) * weight;
            for (var f = 0; f < figures.Length; f++)
            {
                var slope = error * figures[f];
                var at = r * OverrideEvidence.Count + f;
                _squares[at] += slope * slope;
                _weights[at] -= Rate * slope / (Math.Sqrt(_squares[at]) + 1);
            }
        }
    }
}
