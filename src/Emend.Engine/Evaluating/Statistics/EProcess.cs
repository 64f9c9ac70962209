namespace Emend.Engine.Evaluating.Statistics;

/// <summary>The first bad outcome of one unit.</summary>
/// <param name="InCanary">Whether the unit was served the candidate.</param>
/// <param name="Share">Share of traffic the candidate had when the unit was assigned, strictly between 0 and 1.</param>
internal readonly record struct BadEvent(bool InCanary, double Share);

/// <summary>
/// Evidence, event by event, on how a candidate's rate of bad outcomes compares with the stable arm's. May be looked at after
/// every event, for as long as one likes, without inflating the error.
/// </summary>
/// <remarks>
/// A bad outcome falls into the canary with probability theta(r) = pi r / (pi r + 1 - pi), where pi is the canary's share and r the
/// relative risk; the base rate cancels, so a bad day hurts both arms alike. Each factor below is a likelihood ratio, the product a
/// test martingale under its null, and by Ville's inequality P(it ever reaches 1/alpha) &lt;= alpha. Conditioning argument: Lindon
/// and Malek 2022 (arXiv 2011.03567); mixture over r: Howard et al., Annals of Statistics 49(2), 2021.
/// </remarks>
internal static class EProcess
{
    // Relative risks mixed over: from a little worse to ten times as bad.
    private static readonly double[] Risks = [1.1, 1.25, 1.5, 2, 3, 5, 10];

    /// <summary>Probability that a bad outcome falls into the canary.</summary>
    public static double Theta(double share, double risk) => share * risk / (share * risk + 1 - share);

    /// <summary>Evidence against "the candidate is no worse".</summary>
    public sealed class Rollback
    {
        private readonly double[] _logs = new double[Risks.Length];
        private readonly double[] _canary = new double[Risks.Length], _stable = new double[Risks.Length];
        private double _share = double.NaN;

        /// <summary>Natural logarithm of the evidence so far; 0 before the first event.</summary>
        public double Log { get; private set; }

        /// <summary>Highest value the logarithm ever had: what was alarming once stays alarming.</summary>
        public double HighestLog { get; private set; }

        /// <summary>Events seen.</summary>
        public long Events { get; private set; }

        /// <summary>Events seen in the canary.</summary>
        public long InCanary { get; private set; }

        /// <summary>Takes one event in.</summary>
        public void Add(BadEvent bad)
        {
            Check(bad);
            // A share holds for thousands of events: its likelihood ratios are worked out once.
            if (bad.Share != _share) Prepare(bad.Share);
            Events++;
            if (bad.InCanary) InCanary++;
            var ratios = bad.InCanary ? _canary : _stable;
            var sum = 0.0;
            for (var k = 0; k < Risks.Length; k++)
            {
                _logs[k] += ratios[k];
                sum += Math.Exp(_logs[k]);
            }
            // Far in one direction the sum leaves the range of a double; the largest term then is the sum for all that matters.
            Log = double.IsInfinity(sum) || sum == 0 ? _logs.Max() - Math.Log(Risks.Length) : Math.Log(sum / Risks.Length);
            HighestLog = Math.Max(HighestLog, Log);
        }

        /// <summary>Whether the candidate has to be taken back: evidence of <paramref name="metrics"/> / <paramref name="alpha"/> at any time (Bonferroni over guard metrics).</summary>
        public bool Demands(double alpha, int metrics = 1) => HighestLog >= Math.Log(metrics / alpha);

        /// <summary>Whether it is alarming: enough not to widen, not enough to take back (the square root of the demand; a heuristic).</summary>
        public bool IsAlarming(double alpha) => Log >= -0.5 * Math.Log(alpha);

        private void Prepare(double share)
        {
            _share = share;
            for (var k = 0; k < Risks.Length; k++)
            {
                var theta = Theta(share, Risks[k]);
                (_canary[k], _stable[k]) = (LogRatio(true, theta, share), LogRatio(false, theta, share));
            }
        }
    }

    /// <summary>Evidence against "the candidate is worse by the margin or more" (non-inferiority).</summary>
    /// <param name="margin">Relative margin; 0.25 lets a candidate be up to a quarter worse.</param>
    public sealed class Promotion(double margin = 0.25)
    {
        /// <summary>Natural logarithm of the evidence so far; 0 before the first event.</summary>
        public double Log { get; private set; }

        /// <summary>Highest value the logarithm ever had.</summary>
        public double HighestLog { get; private set; }

        /// <summary>Takes one event in.</summary>
        public void Add(BadEvent bad)
        {
            Check(bad);
            Log += LogRatio(bad.InCanary, Theta(bad.Share, 1), Theta(bad.Share, 1 + margin));
            HighestLog = Math.Max(HighestLog, Log);
        }

        /// <summary>Whether the candidate is shown not to be worse by the margin.</summary>
        public bool Allows(double alpha) => HighestLog >= -Math.Log(alpha);
    }

    private static double LogRatio(bool inCanary, double alternative, double @null) =>
        inCanary ? Math.Log(alternative / @null) : Math.Log((1 - alternative) / (1 - @null));

    private static void Check(BadEvent bad)
    {
        if (!(bad.Share is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(bad), bad.Share, "the canary's share lies strictly between 0 and 1: with nobody or everybody in it there is nothing to compare");
    }
}
