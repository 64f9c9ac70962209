using Emend.Engine.Learning;
using Emend.Logic;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Engine.Trust;

/// <summary>Whose word carries a rule.</summary>
/// <param name="Rule">Id of the rule.</param>
/// <param name="People">Supporters and how many of its cases rest on each alone or with others, the strongest first.</param>
/// <param name="LargestShare">Share of its cases that rest on the strongest.</param>
/// <param name="Acts">Decisions of the cases on which it acts.</param>
/// <param name="FallsWithout">People without any one of whom it no longer does what it does (on four of five decisions it acts on).</param>
internal sealed record RuleInfluence(string Rule, IReadOnlyList<(string By, int Cases)> People, double LargestShare, int Acts, IReadOnlyList<string> FallsWithout)
{
    /// <summary>Whether honest evidence alone would bring it, were any one of its supporters to turn out to be none.</summary>
    public bool SurvivesAnyone => FallsWithout.Count == 0;
}

/// <summary>What one person's word does to a bundle.</summary>
/// <param name="By">Who.</param>
/// <param name="Rules">Rules that fall without them.</param>
/// <param name="Changed">Decisions of the cases that come out differently without them.</param>
internal sealed record PersonInfluence(string By, int Rules, int Changed);

/// <summary>Whose word carries what.</summary>
internal sealed record InfluenceReport(IReadOnlyList<RuleInfluence> Rules, IReadOnlyList<PersonInfluence> People);

/// <summary>
/// Tells whose corrections carry a bundle: it is built again without each person who supports anything in it, and compared by what it does. Whatever
/// learns behind it, a rule that stays without any one of its supporters does not rest on a single one of them being honest.
/// </summary>
internal static class Influence
{
    /// <summary>Most people tried, the strongest first.</summary>
    public const int MostPeople = 50;

    private const double Stays = 0.8;

    /// <summary>Looks.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="cases">The cases it was built from.</param>
    /// <param name="build">Builds it from other cases.</param>
    /// <param name="most">Most people tried, the strongest first.</param>
    /// <param name="cancel">Cancels between two builds.</param>
    public static InfluenceReport Of(Bundle bundle, IReadOnlyList<LearningCase> cases, Func<IReadOnlyList<LearningCase>, Bundle> build, int most, CancellationToken cancel)
    {
        var byId = cases.ToDictionary(static one => one.Decision.Id, StringComparer.Ordinal);
        var support = bundle.Rules.Where(static rule => rule.Origin != RuleOrigin.Written).ToDictionary(static rule => rule.Id, rule => rule.Evidence.Where(byId.ContainsKey)
            .SelectMany(id => byId[id].Ruling.Behind).CountBy(static by => by, StringComparer.Ordinal).OrderByDescending(static one => one.Value).ThenBy(static one => one.Key, StringComparer.Ordinal).ToArray(), StringComparer.Ordinal);
        var people = support.Values.SelectMany(static all => all).GroupBy(static one => one.Key, StringComparer.Ordinal)
            .OrderByDescending(static all => all.Sum(static one => one.Value)).ThenBy(static all => all.Key, StringComparer.Ordinal).Take(Math.Clamp(most, 1, MostPeople)).Select(static all => all.Key).ToArray();

        var now = Actions(bundle, cases);
        var falls = support.Keys.ToDictionary(static id => id, static _ => new List<string>(), StringComparer.Ordinal);
        var influence = new List<PersonInfluence>();
        foreach (var who in people)
        {
            cancel.ThrowIfCancellationRequested();
            var without = Actions(build([.. cases.Where(one => !RestsOn(one, who))]), cases);
            var rules = 0;
            foreach (var (id, supporters) in support)
            {
                if (!supporters.Any(one => one.Key == who)) continue;
                var acts = Enumerable.Range(0, cases.Count).Where(i => now[i].Rule == id).ToArray();
                if (acts.Count(i => without[i].Action == now[i].Action) >= Stays * acts.Length) continue;
                falls[id].Add(who);
                rules++;
            }
            influence.Add(new(who, rules, Enumerable.Range(0, cases.Count).Count(i => without[i].Action != now[i].Action)));
        }
        return new(
            [.. support.Select(one => new RuleInfluence(
                one.Key, [.. one.Value.Select(static by => (by.Key, by.Value))], one.Value.Length == 0 ? 0 : (double)one.Value[0].Value / one.Value.Sum(static by => by.Value), now.Count(done => done.Rule == one.Key), falls[one.Key]))],
            [.. influence.OrderByDescending(static one => one.Changed).ThenBy(static one => one.By, StringComparer.Ordinal)]);
    }

    // A ruling that others share stays when one of them is taken away.
    private static bool RestsOn(LearningCase one, string who) => one.Ruling.Behind is [var only] && string.Equals(only, who, StringComparison.Ordinal);

    private static (string? Rule, AgentAction? Action)[] Actions(Bundle bundle, IReadOnlyList<LearningCase> cases)
    {
        var logic = Evaluator.Compile(bundle);
        return [.. cases.Select(one =>
        {
            // As of its own time: what has expired since did act then.
            var verdict = logic.Decide(new(one.Decision.Context, one.Decision.Proposed, one.Decision.Confidence, one.Decision.OccurredAt));
            return (verdict.Cause == Cause.Rule ? bundle.Rules[verdict.Index].Id : null, logic.FinalAction(verdict, one.Decision.Proposed));
        })];
    }
}
