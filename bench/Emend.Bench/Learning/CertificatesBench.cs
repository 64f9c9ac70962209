using System.Globalization;
using Emend.Engine.Evaluating.Statistics;

namespace Emend.Bench.Learning;

/// <summary>
/// Certificates on simulated scores whose true risk is known at every threshold: how often a certified threshold has more risk than allowed, and
/// how much of what could be overridden it lets through. <c>certificates [REPETITIONS]</c>
/// </summary>
internal sealed class CertificatesBench : IBench
{
    public string Name => "certificates";

    public string What => "violations and coverage of certified thresholds over a grid: [2000]";

    public Task<int> RunAsync(string[] args)
    {
        var repetitions = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2_000;
        var wrong = 0;
        Console.WriteLine(" cases  alpha  delta   oracle   one walk: coverage, violations   from the middle: coverage, violations   drawn unevenly: coverage, violations");
        foreach (var cases in new[] { 500, 1_000, 3_000 })
        {
            foreach (var alpha in new[] { 0.05, 0.1 })
            {
                foreach (var delta in new[] { 0.05, 0.1 })
                {
                    var results = new[] { Ways.OneWalk, Ways.FromMiddle, Ways.Uneven }.Select(way => SimulatedRisk.Run(way, cases, alpha, delta, repetitions, seed: 11)).ToArray();
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cases,6}  {alpha,5:0.00}  {delta,5:0.00}    {SimulatedRisk.Oracle(alpha):0.000}      ")
                        + string.Join("                  ", results.Select(static r => string.Create(CultureInfo.InvariantCulture, $"{r.Coverage:0.000}  {r.Violations:P1}"))));
                    wrong += results.Count(r => r.Violations > delta + 3 * Math.Sqrt(delta * (1 - delta) / repetitions));
                }
            }
        }
        Console.WriteLine(wrong == 0 ? "no cell beyond delta plus three standard errors" : $"{wrong} cells beyond delta plus three standard errors");
        return Task.FromResult(wrong == 0 ? 0 : 1);
    }

    private enum Ways
    {
        OneWalk,
        FromMiddle,
        Uneven,
    }

    private static class SimulatedRisk
    {
        // Risk at the cases of rank c (0: surest) is logistic in c; with these two numbers 35.1 % can be overridden at a risk of 5 % and 55.7 % at one of 10 %.
        private const double Level = -4.076978, Slope = 5.639432;
        private const int Levels = 20;

        private static double Risk(double rank) => 1 / (1 + Math.Exp(-Level - Slope * rank));

        // Mean risk of the surest share: the logistic curve integrated.
        private static double RiskUpTo(double share) => (Math.Log(1 + Math.Exp(Level + Slope * share)) - Math.Log(1 + Math.Exp(Level))) / (Slope * share);

        public static double Oracle(double alpha)
        {
            var (low, high) = (1e-6, 1.0);
            while (high - low > 1e-9)
            {
                var middle = (low + high) / 2;
                if (RiskUpTo(middle) <= alpha) low = middle;
                else high = middle;
            }
            return low;
        }

        public static (double Coverage, double Violations) Run(Ways way, int cases, double alpha, double delta, int repetitions, int seed)
        {
            var thresholds = Enumerable.Range(1, Levels).Select(static i => 1 - (double)i / Levels).ToArray();
            var random = new Random(seed);
            var scores = new AuditedScore[cases];
            var (coverage, violations) = (0.0, 0);
            for (var repetition = 0; repetition < repetitions; repetition++)
            {
                for (var i = 0; i < cases; i++)
                {
                    double rank, propensity;
                    // Drawn for audit with a probability that depends on the case; the population stays the same.
                    do (rank, propensity) = (random.NextDouble(), 1);
                    while (way == Ways.Uneven && random.NextDouble() >= (propensity = rank < 0.5 ? 0.5 : 1));
                    scores[i] = new(1 - rank, random.NextDouble() < Risk(rank), propensity);
                }
                var found = way == Ways.FromMiddle
                    ? LearnThenTest.WalkFromMiddle(thresholds, 0.7, scores, alpha, delta)
                    : LearnThenTest.Walk(thresholds, scores, alpha, delta, cases * alpha < 35 ? LearnThenTest.WithoutLoss(alpha, delta) : null);
                if (found is null) continue;
                coverage += 1 - found.Threshold;
                if (RiskUpTo(1 - found.Threshold) > alpha) violations++;
            }
            return (coverage / repetitions, (double)violations / repetitions);
        }
    }
}
