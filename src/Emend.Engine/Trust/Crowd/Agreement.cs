namespace Emend.Engine.Trust.Crowd;

/// <summary>A figure of agreement and the 95 % interval around it.</summary>
/// <param name="Value">1: all agree; 0: as chance would; NaN where nobody could have disagreed.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="Items">Items with two or more answers.</param>
internal readonly record struct Agreement(double Value, double Low, double High, int Items);

/// <summary>
/// Krippendorff's alpha for names without order: 1 - observed disagreement / disagreement by chance (Content Analysis, 2004, chapter 11). Any number of
/// people per item, gaps allowed. At least 0.80 is good, from 0.667 on tentative; below, the guideline is the problem, not the people.
/// </summary>
/// <remarks>The interval is a percentile bootstrap over items, 1,000 draws from a fixed seed: the same votes give the same interval.</remarks>
internal static class KrippendorffAlpha
{
    private const int Draws = 1_000;

    /// <summary>Agreement of a crowd.</summary>
    public static Agreement Of(CrowdLabels votes, int seed = 1)
    {
        // Per item: votes, pairs that disagree, and counts of labels; items with a single answer say nothing of agreement.
        var items = new List<(int Size, double Disagreeing, double[] Counts)>();
        for (var item = 0; item < votes.Items.Length; item++)
        {
            var on = votes.On(item);
            if (on.Length < 2) continue;
            var counts = new double[votes.Labels.Length];
            foreach (var (_, label) in on) counts[label]++;
            var pairs = (double)on.Length * on.Length;
            foreach (var count in counts) pairs -= count * count;
            items.Add((on.Length, pairs / (on.Length - 1), counts));
        }
        if (items.Count == 0) return new(double.NaN, double.NaN, double.NaN, 0);

        var draw = Enumerable.Range(0, items.Count).ToArray();
        var value = Alpha(draw);
        var drawn = new double[Draws];
        var state = (ulong)seed;
        for (var d = 0; d < Draws; d++)
        {
            for (var i = 0; i < draw.Length; i++) draw[i] = (int)(SplitMix.Next(ref state) % (ulong)items.Count);
            drawn[d] = Alpha(draw);
        }
        var sorted = drawn.Where(double.IsFinite).Order().ToArray();
        return sorted.Length == 0 ? new(value, double.NaN, double.NaN, items.Count) : new(value, sorted[(int)(0.025 * sorted.Length)], sorted[(int)(0.975 * (sorted.Length - 1))], items.Count);

        double Alpha(int[] chosen)
        {
            var (all, observed) = (0.0, 0.0);
            Span<double> total = stackalloc double[64];
            if (votes.Labels.Length > total.Length) total = new double[votes.Labels.Length];
            total = total[..votes.Labels.Length];
            total.Clear();
            foreach (var i in chosen)
            {
                all += items[i].Size;
                observed += items[i].Disagreeing;
                for (var label = 0; label < total.Length; label++) total[label] += items[i].Counts[label];
            }
            var chance = all * all;
            foreach (var count in total) chance -= count * count;
            return chance == 0 ? double.NaN : 1 - (all - 1) * observed / chance;
        }
    }
}

/// <summary>Cohen's kappa of two people: (agreement - chance) / (1 - chance) (Educational and Psychological Measurement, 1960).</summary>
/// <remarks>The interval is the large-sample one of Fleiss, Cohen and Everitt (Psychological Bulletin, 1969).</remarks>
internal static class CohenKappa
{
    private const double Normal95 = 1.959963984540054;

    /// <summary>Agreement of two workers on the items both answered.</summary>
    public static Agreement Of(CrowdLabels votes, int first, int second)
    {
        var labels = votes.Labels.Length;
        var both = new double[labels, labels];
        var n = 0;
        for (var item = 0; item < votes.Items.Length; item++)
        {
            var (a, b) = (-1, -1);
            foreach (var (worker, label) in votes.On(item))
            {
                if (worker == first) a = label;
                if (worker == second) b = label;
            }
            if (a < 0 || b < 0) continue;
            both[a, b]++;
            n++;
        }
        if (n == 0) return new(double.NaN, double.NaN, double.NaN, 0);

        var (rows, columns) = (new double[labels], new double[labels]);
        for (var a = 0; a < labels; a++)
            for (var b = 0; b < labels; b++)
            {
                both[a, b] /= n;
                rows[a] += both[a, b];
                columns[b] += both[a, b];
            }
        var (observed, chance) = (0.0, 0.0);
        for (var a = 0; a < labels; a++) (observed, chance) = (observed + both[a, a], chance + rows[a] * columns[a]);
        if (chance >= 1) return new(double.NaN, double.NaN, double.NaN, n);

        var kappa = (observed - chance) / (1 - chance);
        var variance = -Math.Pow(kappa - chance * (1 - kappa), 2);
        for (var a = 0; a < labels; a++)
            for (var b = 0; b < labels; b++)
                variance += a == b
                    ? both[a, a] * Math.Pow(1 - (rows[a] + columns[a]) * (1 - kappa), 2)
                    : both[a, b] * Math.Pow((columns[a] + rows[b]) * (1 - kappa), 2);
        var error = Math.Sqrt(Math.Max(0, variance) / n) / (1 - chance);
        return new(kappa, Math.Max(-1, kappa - Normal95 * error), Math.Min(1, kappa + Normal95 * error), n);
    }
}
