using Emend.Engine.Evaluating.Replay;

namespace Emend.Engine.Evaluating.Statistics;

/// <summary>An estimate and its 95 % interval.</summary>
internal readonly record struct Estimate(double Value, double Lower, double Upper);

/// <summary>
/// What a candidate gains per decision (fixes less breaks, as a share of all decisions that could be drawn), estimated from decisions drawn for review with known
/// probability pi. d is 1 for a fix, -1 for a break, 0 for all else; xi says whether a decision was drawn; N decisions could be.
/// </summary>
/// <remarks>
/// IPS = (1/N) sum xi d/pi (Horvitz and Thompson 1952). SNIPS = sum(xi d/pi) / sum(xi/pi) (Hajek; Swaminathan and Joachims 2015). DR = (1/N) sum [m + xi (d - m)/pi],
/// m predicting d (Robins et al. 1994; Dudik et al. 2011): here the mean d of changed decisions in the other half of the ids, 0 for unchanged ones, so it never
/// saw the answer it predicts. Their intervals are by the estimated variance, decisions being a sample of those to come,
/// with one fix and one break more than were seen (after Agresti and Caffo 2000), so that few are not taken for certainty; they want some 30 weighted
/// disagreements to hold, which is what <see cref="AuditedGain.LeastEss"/> asks for. What is decided by is the bound below, which needs none.
/// </remarks>
internal static class OffPolicy
{
    private const double Z = 1.959963984540054; // 97.5 % of the standard normal

    /// <summary>All three.</summary>
    public static (Estimate Ips, Estimate Snips, Estimate Dr) Of(AuditCounts counts)
    {
        var strata = counts.Strata.ToArray();
        double decisions = strata.Sum(static one => one.Counts.Decisions);
        if (decisions == 0) return default;
        // Mean d of changed decisions, learned in the other half.
        Span<double> predicted = stackalloc double[AuditCounts.Halves];
        for (var half = 0; half < AuditCounts.Halves; half++)
        {
            double gain = 0, weight = 0;
            foreach (var (share, of, c) in strata)
            {
                if (of == half) continue;
                gain += (c.Fixes - c.Breaks) / share;
                weight += c.AnsweredChanged / share;
            }
            predicted[half] = weight == 0 ? 0 : gain / weight;
        }

        double ips = 0, ipsSquares = 0, weights = 0, dr = 0, drSquares = 0;
        foreach (var (share, half, c) in strata)
        {
            var m = predicted[half];
            var neither = c.AnsweredChanged - c.Fixes - c.Breaks;
            ips += (c.Fixes - c.Breaks) / share;
            ipsSquares += (c.Fixes + c.Breaks) / (share * share);
            weights += c.Answered / share;
            dr += c.Changed * m + (c.Fixes - c.Breaks - c.AnsweredChanged * m) / share;
            drSquares += (c.Changed - c.AnsweredChanged) * m * m
                + c.Fixes * Square(m + (1 - m) / share) + c.Breaks * Square(m + (-1 - m) / share) + neither * Square(m - m / share);
        }
        var snips = weights == 0 ? 0 : ips / weights;
        // One of each, drawn as rarely as any that is changed.
        var least = LeastShare(strata);
        var nearest = Math.Abs(predicted[0]) < Math.Abs(predicted[1]) ? predicted[0] : predicted[1];
        ipsSquares += 2 / (least * least);
        drSquares += Square(nearest + (1 - nearest) / least) + Square(nearest + (-1 - nearest) / least);
        var snipsSquares = (Square(1 - snips) + Square(-1 - snips)) / (least * least);
        foreach (var (share, _, c) in strata)
            snipsSquares += (c.Fixes * Square(1 - snips) + c.Breaks * Square(-1 - snips) + (c.Answered - c.Fixes - c.Breaks) * Square(snips)) / (share * share);
        return (
            Interval(ips / decisions, (ipsSquares / decisions - Square(ips / decisions)) / decisions),
            Interval(snips, weights == 0 ? 1 : snipsSquares / (weights * weights)),
            Interval(dr / decisions, (drSquares / decisions - Square(dr / decisions)) / decisions));
    }

    /// <summary>Least probability with which a changed decision could be drawn; of any, where none is changed.</summary>
    public static double LeastShare((double Share, int Half, AuditStratum Counts)[] strata)
    {
        var least = strata.Where(static one => one.Counts.Changed > 0).Select(static one => one.Share).DefaultIfEmpty(1).Min();
        return Math.Min(least, strata.Where(static one => one.Counts.AnsweredChanged > 0).Select(static one => one.Share).DefaultIfEmpty(least).Min());
    }

    private static double Square(double x) => x * x;

    private static Estimate Interval(double value, double variance)
    {
        var half = Z * Math.Sqrt(Math.Max(0, variance));
        return new(value, Math.Max(-1, value - half), Math.Min(1, value + half));
    }
}

/// <summary>What drawn decisions say of a candidate.</summary>
internal enum AuditVerdict : byte
{
    /// <summary>Too few disagreements were drawn to say anything. Not a pass, and no loss either.</summary>
    InsufficientEvidence,
    /// <summary>It gains.</summary>
    Gain,
    /// <summary>It loses.</summary>
    Loss,
    /// <summary>Neither can be told from nothing.</summary>
    Neither,
}

/// <summary>What a candidate gains by decisions drawn at random.</summary>
/// <param name="Decisions">Decisions that could be drawn.</param>
/// <param name="Answered">Drawn, answered, and never seen by the logic that was scored.</param>
/// <param name="Disagreements">Of them, changed ones.</param>
/// <param name="Ess">Their effective number, (sum w)^2 / sum w^2.</param>
/// <param name="IsUniform">Whether all were drawn with one probability.</param>
/// <param name="Ips">By inverse propensity.</param>
/// <param name="Snips">The same, self-normalised.</param>
/// <param name="Dr">Doubly robust.</param>
/// <param name="Bound">What the gain lies in, without any assumption about its distribution: exact (Clopper-Pearson) where all were drawn with one probability, else empirical Bernstein (Maurer and Pontil 2009).</param>
internal sealed record AuditedGain(long Decisions, long Answered, long Disagreements, double Ess, bool IsUniform, Estimate Ips, Estimate Snips, Estimate Dr, Estimate Bound)
{
    /// <summary>Effective disagreements below which nothing is said.</summary>
    public const double LeastEss = 30;

    /// <summary>What they say.</summary>
    public AuditVerdict Verdict => Ess < LeastEss ? AuditVerdict.InsufficientEvidence : Bound.Lower > 0 ? AuditVerdict.Gain : Bound.Upper < 0 ? AuditVerdict.Loss : AuditVerdict.Neither;

    /// <summary>More drawn decisions that would bring enough disagreements, at the rate seen so far; 0 when there are enough.</summary>
    public long MissingAnswers => Ess >= LeastEss ? 0 : (long)Math.Ceiling((LeastEss - Ess) / Math.Max((Disagreements + 1.0) / (Answered + 10), 0.001));

    /// <summary>From the counts of a replay; null where nothing could be drawn.</summary>
    /// <param name="counts">The counts.</param>
    /// <param name="alpha">Probability that <see cref="Bound"/> misses.</param>
    public static AuditedGain? Of(AuditCounts counts, double alpha = 0.05)
    {
        var strata = counts.Strata.ToArray();
        var decisions = strata.Sum(static one => one.Counts.Decisions);
        if (decisions == 0) return null;
        var (changed, disagreements) = (strata.Sum(static one => one.Counts.Changed), strata.Sum(static one => one.Counts.AnsweredChanged));
        double weights = 0, squares = 0;
        foreach (var (share, _, c) in strata) (weights, squares) = (weights + c.AnsweredChanged / share, squares + c.AnsweredChanged / (share * share));
        var uniform = strata.Select(static one => one.Share).Distinct().Count() == 1;
        var (ips, snips, dr) = OffPolicy.Of(counts);
        return new(decisions, strata.Sum(static one => one.Counts.Answered), disagreements, squares == 0 ? 0 : weights * weights / squares, uniform, ips, snips, dr,
            uniform ? Exact(strata, (double)changed / decisions, dr.Value, alpha) : Bernstein(strata, changed, decisions, dr.Value, alpha));
    }

    // Drawn with one probability, answered disagreements are a plain sample of all disagreements, and how many those are is known. Four bounds share alpha.
    private static Estimate Exact((double Share, int Half, AuditStratum Counts)[] strata, double changed, double value, double alpha)
    {
        var (fixes, breaks, n) = (strata.Sum(static one => one.Counts.Fixes), strata.Sum(static one => one.Counts.Breaks), strata.Sum(static one => one.Counts.AnsweredChanged));
        if (n == 0) return new(value, -changed, changed);
        return new(value,
            changed * (ClopperPearson.Lower(fixes, n, alpha / 4) - ClopperPearson.Upper(breaks, n, alpha / 4)),
            changed * (ClopperPearson.Upper(fixes, n, alpha / 4) - ClopperPearson.Lower(breaks, n, alpha / 4)));
    }

    // mean +- sqrt(2 V ln(3/alpha) / n) + 3 R ln(3/alpha) / n over changed decisions, xi d / pi lying within -1/pi and 1/pi of the least pi.
    private static Estimate Bernstein((double Share, int Half, AuditStratum Counts)[] strata, long changed, long decisions, double value, double alpha)
    {
        if (changed == 0) return new(value, 0, 0);
        double sum = 0, squares = 0;
        foreach (var (share, _, c) in strata)
        {
            sum += (c.Fixes - c.Breaks) / share;
            squares += (c.Fixes + c.Breaks) / (share * share);
        }
        var least = OffPolicy.LeastShare(strata);
        var (mean, log) = (sum / changed, Math.Log(3 / alpha));
        var half = Math.Sqrt(2 * Math.Max(0, squares / changed - mean * mean) * log / changed) + 3 * (2 / least) * log / changed;
        var scale = (double)changed / decisions;
        return new(value, scale * Math.Max(-1, mean - half), scale * Math.Min(1, mean + half));
    }
}
