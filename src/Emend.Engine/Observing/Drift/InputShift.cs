using Emend.Engine.Evaluating.Statistics;
using Emend.Logic;

namespace Emend.Engine.Observing.Drift;

/// <summary>How one feature of the inputs differs between an earlier and a later stretch of decisions.</summary>
/// <param name="Feature">Name of the feature.</param>
/// <param name="Test"><c>psi</c>, <c>ks</c>, <c>new-values</c> or <c>missing</c>.</param>
/// <param name="Value">The statistic, or the share of decisions with a new value.</param>
/// <param name="Limit">Where it is called a shift.</param>
internal sealed record FeatureShift(string Feature, string Test, double Value, double Limit)
{
    /// <summary>Whether it shifted.</summary>
    public bool IsShift => Value > Limit;
}

/// <summary>
/// Compares inputs of two stretches of decisions, feature by feature. Limits grow with fewness: a fixed cut-off calls small samples shifted and large ones
/// steady whatever they are.
/// </summary>
/// <remarks>
/// Categories: population stability index above 0.1 and above chi-square(B - 1, 1 - 0.001/F) (1/n + 1/m), F features, B categories (rare ones together).
/// Numbers: Kolmogorov and Smirnov, D above 1.95 sqrt((n + m)/(n m)) and above 0.1. Values never seen before: their number against the binomial tail of what
/// the earlier stretch makes likely. A shift raises attention; it never suspends anything.
/// </remarks>
internal static class InputShift
{
    private const double Alpha = 0.001, LeastEffect = 0.1, KsFactor = 1.95;
    private const int RareBelow = 10, LeastDecisions = 100, MostCategories = 50;
    private const string Rare = "\u0001rare", Absent = "\u0001absent";

    /// <summary>All features of both stretches, those that shifted first.</summary>
    public static IReadOnlyList<FeatureShift> Compare(IReadOnlyList<Context> earlier, IReadOnlyList<Context> later)
    {
        if (Math.Min(earlier.Count, later.Count) < LeastDecisions) return [];
        var names = earlier.Concat(later).SelectMany(static context => context.Features.Select(static feature => feature.Name)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var found = new List<FeatureShift>();
        foreach (var name in names) found.AddRange(Of(name, Values(earlier, name), Values(later, name), names.Count));
        return [.. found.OrderByDescending(static shift => shift.IsShift).ThenByDescending(static shift => shift.Value / shift.Limit).ThenBy(static shift => shift.Feature, StringComparer.Ordinal)];
    }

    private static FeatureValue[] Values(IReadOnlyList<Context> contexts, string name) => [.. contexts.Select(context => context[name])];

    private static IEnumerable<FeatureShift> Of(string name, FeatureValue[] earlier, FeatureValue[] later, int features)
    {
        var (numbersBefore, numbersNow) = (Numbers(earlier), Numbers(later));
        var isNumeric = numbersBefore.Length + numbersNow.Length > 0.5 * (earlier.Length + later.Length);
        if (isNumeric && Math.Min(numbersBefore.Length, numbersNow.Length) >= LeastDecisions)
            yield return new(name, "ks", Kolmogorov(numbersBefore, numbersNow), Math.Max(LeastEffect, KsFactor * Math.Sqrt((numbersBefore.Length + numbersNow.Length) / ((double)numbersBefore.Length * numbersNow.Length))));
        if (isNumeric) yield break;
        var (before, now) = (Categories(earlier), Categories(later));
        // Values that hardly repeat, such as names and ids, are new every time: nothing can be read from that.
        if (before.Distinct(StringComparer.Ordinal).Count() > Math.Min(MostCategories * 4, earlier.Length / 4)) yield break;
        yield return Stability(name, before, now, features);
        yield return NewValues(name, before, now, features);
    }

    private static FeatureShift Stability(string name, string[] before, string[] now, int features)
    {
        var common = before.GroupBy(static value => value, StringComparer.Ordinal).Where(static group => group.Count() >= RareBelow).OrderByDescending(static group => group.Count())
            .ThenBy(static group => group.Key, StringComparer.Ordinal).Take(MostCategories).Select(static group => group.Key).ToHashSet(StringComparer.Ordinal);
        var (expected, seen) = (Count(before, common), Count(now, common));
        var bins = expected.Keys.Union(seen.Keys, StringComparer.Ordinal).ToList();
        var psi = 0.0;
        foreach (var bin in bins)
        {
            // Half a decision more in each bin: an empty one is no infinity.
            var p = (expected.GetValueOrDefault(bin) + 0.5) / (before.Length + 0.5 * bins.Count);
            var q = (seen.GetValueOrDefault(bin) + 0.5) / (now.Length + 0.5 * bins.Count);
            psi += (q - p) * Math.Log(q / p);
        }
        var critical = bins.Count < 2 ? 0 : ChiSquare.Exceeded(Alpha / features, bins.Count - 1) * (1.0 / before.Length + 1.0 / now.Length);
        return new(name, "psi", psi, Math.Max(LeastEffect, critical));
    }

    private static FeatureShift NewValues(string name, string[] before, string[] now, int features)
    {
        var known = before.ToHashSet(StringComparer.Ordinal);
        var fresh = now.Count(value => !known.Contains(value));
        // How many values the earlier stretch saw once is how many new ones the next decisions bring (Good and Turing).
        var likely = (before.GroupBy(static value => value, StringComparer.Ordinal).Count(static group => group.Count() == 1) + 1.0) / (before.Length + 1);
        var tail = fresh == 0 ? 1 : IncompleteBeta.Of(likely, fresh, now.Length - fresh + 1);
        var share = (double)fresh / now.Length;
        // Above the limit exactly when the tail is too thin for chance.
        return new(name, "new-values", share, tail < Alpha / features ? likely : Math.Max(share, likely));
    }

    private static Dictionary<string, int> Count(string[] values, HashSet<string> common) =>
        values.GroupBy(value => common.Contains(value) ? value : Rare, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.Count(), StringComparer.Ordinal);

    private static double Kolmogorov(double[] before, double[] now)
    {
        Array.Sort(before);
        Array.Sort(now);
        var (i, j, most) = (0, 0, 0.0);
        while (i < before.Length && j < now.Length)
        {
            var value = Math.Min(before[i], now[j]);
            while (i < before.Length && before[i] <= value) i++;
            while (j < now.Length && now[j] <= value) j++;
            most = Math.Max(most, Math.Abs((double)i / before.Length - (double)j / now.Length));
        }
        return most;
    }

    private static double[] Numbers(FeatureValue[] values) => [.. values.Where(static value => value.Kind == FeatureKind.Number).Select(static value => value.AsNumber)];

    private static string[] Categories(FeatureValue[] values) => [.. values.Select(static value => value.Kind == FeatureKind.Missing ? Absent : value.ToString() ?? Absent)];
}
