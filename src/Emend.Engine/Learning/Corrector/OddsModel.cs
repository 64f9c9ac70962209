using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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
        if (figures.Length != OverrideEvidence.Count) throw new ArgumentException($"{OverrideEvidence.Count} figures, not {figures.Length}", nameof(figures));
        Span<double> chances = stackalloc double[Results];
        double highest = double.NegativeInfinity, all = 0;
        for (var r = 0; r < Results; r++)
        {
            for (var f = 0; f < figures.Length; f++) chances[r] += _weights[r * OverrideEvidence.Count + f] * figures[f];
            highest = Math.Max(highest, chances[r]);
        }
        for (var r = 0; r < Results; r++) all += chances[r] = StableMath.Exp(chances[r] - highest);
        ref var figure = ref MemoryMarshal.GetReference(figures);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_weights);
        ref var squares = ref MemoryMarshal.GetArrayDataReference(_squares);
        for (var r = 0; r < Results; r++)
        {
            var error = Vector256.Create((chances[r] / all - (r == (int)result ? 1 : 0)) * weight);
            // Element by element: the same whatever the width of a machine's vectors.
            for (var f = 0; f < OverrideEvidence.Count; f += Vector256<double>.Count)
            {
                var at = (nuint)(r * OverrideEvidence.Count + f);
                var slope = error * Vector256.LoadUnsafe(ref figure, (nuint)f);
                var learned = Vector256.LoadUnsafe(ref squares, at) + slope * slope;
                learned.StoreUnsafe(ref squares, at);
                (Vector256.LoadUnsafe(ref weights, at) - Rate * slope / (Vector256.Sqrt(learned) + Vector256<double>.One)).StoreUnsafe(ref weights, at);
            }
        }
    }
}
