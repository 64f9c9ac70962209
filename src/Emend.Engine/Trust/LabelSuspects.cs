using Emend.Engine.Evaluating.Backtest;
using Emend.Engine.Learning;

namespace Emend.Engine.Trust;

/// <summary>A reviewed decision whose ruling looks out of place.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Ruled">What was ruled right.</param>
/// <param name="Likelier">What cases like it were ruled.</param>
/// <param name="Margin">How much likelier, 0 to 1.</param>
internal sealed record LabelSuspect(string DecisionId, string Ruled, string Likelier, double Margin);

/// <summary>
/// Finds rulings worth a second look: confident learning (Northcutt, Jiang and Chuang, JAIR 2021, pruning by noise rate). By a model that has not seen a case,
/// what is at least as likely as it usually is where it was ruled tells how many rulings i should most likely have been j; so many of them are
/// suspect, those first where j is likelier than i by most. Never deletes anything, and never asks for more than a twentieth of the cases.
/// </summary>
/// <remarks>
/// That a case reaches the usual likelihood itself is not asked: where cases of a kind look alike, half of all lie below their own average, wrong rulings as well.
/// </remarks>
internal static class LabelSuspects
{
    /// <summary>Most suspects, as a share of the cases.</summary>
    public const double MostShare = 0.05;

    private const int Folds = 5, LeastCases = 50;

    /// <summary>Suspects, the most out of place first. A pure function of the set of cases.</summary>
    public static IReadOnlyList<LabelSuspect> Of(IReadOnlyCollection<LearningCase> cases)
    {
        var known = cases.Where(static one => one.Ruling.Truth is not null).OrderBy(static one => one.Decision.Id, StringComparer.Ordinal).ToArray();
        if (known.Length < LeastCases) return [];
        var fold = known.Select(static one => (int)(ReviewCoin.Toss(0, one.Decision.Id) * Folds)).ToArray();
        var beliefs = new Dictionary<string, double>[known.Length];
        for (var f = 0; f < Folds; f++)
        {
            var model = CaseBayes.From(known.Where((_, i) => fold[i] != f));
            var labels = model.Labels;
            for (var i = 0; i < known.Length; i++)
            {
                if (fold[i] != f) continue;
                var belief = model.Of(known[i].Decision);
                beliefs[i] = labels.Select((label, at) => (label, p: belief[at])).ToDictionary(static one => one.label, static one => one.p, StringComparer.Ordinal);
            }
        }

        var labelled = known.Select(static one => one.Ruling.Truth!.Label).ToArray();
        var usual = labelled.Select((label, i) => (Label: label, P: beliefs[i].GetValueOrDefault(label)))
            .GroupBy(static one => one.Label, StringComparer.Ordinal).ToDictionary(static said => said.Key, static said => said.Average(static one => one.P), StringComparer.Ordinal);
        var suspects = new List<LabelSuspect>();
        foreach (var same in Enumerable.Range(0, known.Length).GroupBy(i => labelled[i], StringComparer.Ordinal))
        {
            // Confident cases of a ruling by what they most likely are; the others are as often wrong as these.
            var sure = same.Select(i => Likeliest(beliefs[i], usual)).Where(static label => label is not null).CountBy(static label => label!, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
            foreach (var (other, count) in sure)
            {
                if (string.Equals(other, same.Key, StringComparison.Ordinal)) continue;
                // A count is known to its square root: a second look costs less than a wrong ruling, so the upper end is taken.
                var upper = count + Math.Sqrt(count);
                var expected = (int)Math.Ceiling(upper / (sure.Values.Sum() - count + upper) * same.Count());
                suspects.AddRange(same.Select(i => new LabelSuspect(known[i].Decision.Id, same.Key, other, beliefs[i].GetValueOrDefault(other) - beliefs[i].GetValueOrDefault(same.Key)))
                    .Where(static one => one.Margin > 0).Order(s_order).Take(expected));
            }
        }
        // One that could be two other things is asked about once.
        return [.. suspects.Order(s_order).DistinctBy(static one => one.DecisionId).Take((int)(MostShare * known.Length))];
    }

    private static readonly Comparer<LabelSuspect> s_order = Comparer<LabelSuspect>.Create(static (a, b) =>
        b.Margin != a.Margin ? b.Margin.CompareTo(a.Margin) : a.DecisionId != b.DecisionId ? string.CompareOrdinal(a.DecisionId, b.DecisionId) : string.CompareOrdinal(a.Likelier, b.Likelier));

    // The likeliest label among those at least as likely as usual; null where none is.
    private static string? Likeliest(Dictionary<string, double> belief, Dictionary<string, double> usual)
    {
        var (found, p) = ((string?)null, 0.0);
        foreach (var (label, chance) in belief.OrderBy(static one => one.Key, StringComparer.Ordinal))
            if (usual.TryGetValue(label, out var least) && chance >= least && chance > p) (found, p) = (label, chance);
        return found;
    }
}
