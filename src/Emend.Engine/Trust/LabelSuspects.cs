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
/// Finds rulings worth a second look: confident learning (Northcutt, Jiang and Chuang, JAIR 2021). A ruling i is suspect when, by a model that has not
/// seen it, another label j is at least as likely as j is on average where it was ruled. Never deletes anything, and never asks for more than a twentieth of the cases.
/// </summary>
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

        var usual = known.Select((one, i) => (Label: one.Ruling.Truth!.Label, P: beliefs[i].GetValueOrDefault(one.Ruling.Truth.Label)))
            .GroupBy(static one => one.Label, StringComparer.Ordinal).ToDictionary(static said => said.Key, static said => said.Average(static one => one.P), StringComparer.Ordinal);
        var suspects = new List<LabelSuspect>();
        for (var i = 0; i < known.Length; i++)
        {
            var ruled = known[i].Ruling.Truth!.Label;
            var (other, p) = ("", 0.0);
            foreach (var (label, chance) in beliefs[i].OrderBy(static one => one.Key, StringComparer.Ordinal))
                if (label != ruled && usual.TryGetValue(label, out var least) && chance >= least && chance > p) (other, p) = (label, chance);
            var margin = p - beliefs[i].GetValueOrDefault(ruled);
            if (margin > 0) suspects.Add(new(known[i].Decision.Id, ruled, other, margin));
        }
        return [.. suspects.OrderByDescending(static one => one.Margin).ThenBy(static one => one.DecisionId, StringComparer.Ordinal).Take((int)(MostShare * known.Length))];
    }
}
