using Emend.Engine.Evaluating.Statistics;

namespace Emend.Engine.Observing.Alerts;

/// <summary>How the rate of corrections is watched.</summary>
internal sealed record CorrectionRatePolicy
{
    /// <summary>Newest decisions looked at. The older half says what is usual, the newer half is watched. Default 4,000.</summary>
    public int Window { get; init; } = 4_000;

    /// <summary>Fewest decisions worth a look. Default 400.</summary>
    public int Least { get; init; } = 400;

    /// <summary>How long after a decision its corrections count. A decision is looked at once that time has passed, so that old and new ones had the same chance of being corrected. Default one hour.</summary>
    public TimeSpan Maturity { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Evidence that raises the alert: the mean number of decisions between two false ones, for one agent. Default 10,000.</summary>
    public double Threshold { get; init; } = 10_000;
}

/// <summary>How an agent's rate of corrections stands.</summary>
/// <param name="Evidence">Evidence that it rose: the Shiryaev-Roberts statistic.</param>
/// <param name="Usual">Upper bound of what is usual.</param>
/// <param name="Corrected">Decisions of the watched half that were corrected.</param>
/// <param name="Watched">Decisions of the watched half.</param>
internal sealed record CorrectionRateFinding(double Evidence, double Usual, int Corrected, int Watched);

/// <summary>
/// Tells whether an agent is corrected more often than it was: an e-detector of Shiryaev-Roberts type on the stream of decisions
/// (Shin, Ramdas and Rinaldo, "E-detectors", 2022), a mixture over how many times worse it became.
/// </summary>
/// <remarks>
/// R = mean over q of R_q, R_q := (1 + R_q) * (q/p0 if corrected, else (1-q)/(1-p0)), where p0 is the upper 95 % bound (Clopper and
/// Pearson) of the usual rate and q/p0 runs over 1.25, 1.5, 2, 3 and 4. While the true rate is at most p0 each factor has mean at
/// most 1, R_n - n is a supermartingale, and the mean number of decisions before R reaches A is at least A: how often one looks does not matter.
/// </remarks>
internal static class CorrectionRate
{
    private static readonly double[] Risks = [1.25, 1.5, 2, 3, 4];

    /// <summary>Looks at decisions, oldest first; null when there are too few.</summary>
    /// <param name="corrected">Whether each was corrected within the time of maturity.</param>
    /// <param name="policy">How.</param>
    public static CorrectionRateFinding? Look(ReadOnlySpan<bool> corrected, CorrectionRatePolicy policy)
    {
        if (corrected.Length < policy.Least) return null;
        var half = corrected.Length / 2;
        var usual = ClopperPearson.Upper(corrected[..half].Count(true), half, 0.05);
        // Nearly everything is corrected already: there is no room to get worse.
        if (usual > 0.9) return null;

        Span<double> evidence = stackalloc double[Risks.Length];
        evidence.Clear();
        foreach (var isCorrected in corrected[half..])
        {
            for (var k = 0; k < Risks.Length; k++)
            {
                var worse = Math.Min(Risks[k] * usual, 0.95);
                evidence[k] = (1 + evidence[k]) * (isCorrected ? worse / usual : (1 - worse) / (1 - usual));
            }
        }
        var sum = 0.0;
        foreach (var of in evidence) sum += of;
        return new(sum / Risks.Length, usual, corrected[half..].Count(true), corrected.Length - half);
    }
}
