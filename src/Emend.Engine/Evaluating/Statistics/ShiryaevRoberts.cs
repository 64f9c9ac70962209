namespace Emend.Engine.Evaluating.Statistics;

/// <summary>
/// Raises an alarm when errors become more frequent than tolerated: an e-detector of Shiryaev-Roberts type on a stream of right and wrong.
/// While the true rate is at most the tolerated one, the mean number of cases before <see cref="Evidence"/> reaches A is at least A,
/// however often one looks.
/// </summary>
/// <remarks>
/// R = mean over q of R_q with R_q := (1 + R_q) (q/p0 if wrong, else (1-q)/(1-p0)), where p0 is the tolerated rate and q/p0 runs over 1.25, 1.5, 2, 3
/// and 4, at most 0.95 (Shin, Ramdas and Rinaldo, "E-detectors", 2022). Each factor has mean at most 1 while the rate is at most p0, so R_n - n is a
/// supermartingale. Cases that were audited with unequal probability pi take factors 1 + g b (1/pi) (L - p0) instead, b = pi_min / p0, g in
/// {0.05, 0.1, 0.2, 0.4}: their means weigh every case alike, and the smallest factor stays above 0.
/// </remarks>
internal sealed class ShiryaevRoberts
{
    private static readonly double[] Risks = [1.25, 1.5, 2, 3, 4];
    private static readonly double[] Bets = [0.05, 0.1, 0.2, 0.4];
    private readonly double[] _evidence;
    private readonly double[] _ifWrong, _ifRight;
    private readonly double _tolerated, _leastPropensity;

    /// <param name="tolerated">Rate of errors that is tolerated, above 0 and below 0.95.</param>
    /// <param name="leastPropensity">Least probability with which a case is audited; 1: all have the same, whatever it is.</param>
    public ShiryaevRoberts(double tolerated, double leastPropensity = 1)
    {
        if (!(tolerated is > 0 and < Most)) throw new ArgumentOutOfRangeException(nameof(tolerated), tolerated, "the tolerated rate lies above 0 and below 0.95");
        if (!(leastPropensity is > 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(leastPropensity), leastPropensity, "a propensity lies above 0 and is at most 1");
        (_tolerated, _leastPropensity) = (tolerated, leastPropensity);
        var worse = Array.ConvertAll(Risks, risk => Math.Min(risk * tolerated, Most));
        _ifWrong = Array.ConvertAll(worse, q => q / tolerated);
        _ifRight = Array.ConvertAll(worse, q => (1 - q) / (1 - tolerated));
        _evidence = new double[leastPropensity < 1 ? Bets.Length : Risks.Length];
    }

    /// <summary>Rates this high cannot get worse in any way that could be seen.</summary>
    public const double Most = 0.95;

    /// <summary>The statistic; 0 before the first case.</summary>
    public double Evidence { get; private set; }

    /// <summary>Highest value it ever had.</summary>
    public double Highest { get; private set; }

    /// <summary>Cases seen.</summary>
    public long Count { get; private set; }

    /// <summary>Takes a case in.</summary>
    /// <param name="isWrong">Whether it was wrong.</param>
    /// <param name="propensity">Probability with which it was audited; of no account where all have the same.</param>
    public void Add(bool isWrong, double propensity = 1)
    {
        Count++;
        var sum = 0.0;
        if (_leastPropensity < 1)
        {
            var step = _leastPropensity / _tolerated / Math.Max(propensity, _leastPropensity) * ((isWrong ? 1 : 0) - _tolerated);
            for (var k = 0; k < Bets.Length; k++) sum += _evidence[k] = (1 + _evidence[k]) * (1 + Bets[k] * step);
        }
        else
        {
            var factors = isWrong ? _ifWrong : _ifRight;
            for (var k = 0; k < factors.Length; k++) sum += _evidence[k] = (1 + _evidence[k]) * factors[k];
        }
        // Far beyond any alarm it need not grow on.
        if (sum > 1e200) Array.Clear(_evidence);
        Evidence = Math.Min(sum / _evidence.Length, 1e200);
        Highest = Math.Max(Highest, Evidence);
    }
}
