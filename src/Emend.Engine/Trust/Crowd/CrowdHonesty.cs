namespace Emend.Engine.Trust.Crowd;

/// <summary>
/// Takes back certainty that a crowd has no right to. People who err do so together: the same item misleads them all, or they have agreed to.
/// A model that takes each answer as an independent witness is then sure and wrong. Known answers, hidden from the estimate, show how sure it may be.
/// </summary>
/// <remarks>
/// Posteriors are flattened to p^(1/T), T chosen by the likelihood of the hidden known answers (temperature scaling: Guo et al., ICML 2017)
/// with a prior worth <see cref="Before"/> answers for <see cref="Usual"/>, which is what serves where nothing is known. Order within an item never changes.
/// </remarks>
internal static class CrowdHonesty
{
    /// <summary>Temperature taken before any known answer was asked for.</summary>
    public const double Usual = 2;

    private const double Before = 5;

    private static readonly double[] Temperatures = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 13, 16, 20, 30, 50];

    /// <summary>How much to flatten.</summary>
    /// <param name="votes">The votes.</param>
    /// <param name="method">How the estimate is made.</param>
    /// <param name="known">Label number by item, -1: not known.</param>
    /// <param name="options">Settings of estimating.</param>
    public static double Temperature(CrowdLabels votes, CrowdMethod method, int[] known, CrowdOptions options)
    {
        var hidden = HiddenAnswers.Of(votes, method, known, options);
        var (best, most) = (Usual, double.NegativeInfinity);
        foreach (var temperature in Temperatures)
        {
            var log = -Before * Math.Pow(Math.Log(temperature / Usual), 2);
            foreach (var (posterior, truth) in hidden) log += Math.Log(Math.Max(Flat(posterior, temperature)[truth], 1e-12));
            if (log > most) (best, most) = (temperature, log);
        }
        return best;
    }

    /// <summary>The estimate with flattened probabilities. Known answers stay certain.</summary>
    public static CrowdEstimate Of(CrowdEstimate estimate, double temperature, int[]? known = null) =>
        estimate with { Posterior = [.. estimate.Posterior.Select((posterior, item) => known?[item] >= 0 ? posterior : Flat(posterior, temperature))] };

    private static double[] Flat(double[] posterior, double temperature)
    {
        var flat = new double[posterior.Length];
        var sum = 0.0;
        for (var label = 0; label < flat.Length; label++) sum += flat[label] = Math.Pow(Math.Max(posterior[label], 1e-300), 1 / temperature);
        for (var label = 0; label < flat.Length; label++) flat[label] /= sum;
        return flat;
    }
}
