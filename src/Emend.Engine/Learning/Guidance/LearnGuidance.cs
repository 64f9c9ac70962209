using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Serving;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Guidance;

namespace Emend.Engine.Learning.Guidance;

/// <summary>Everything the guidance of a build depends on.</summary>
/// <param name="Agent">The agent: its schema says which features are not personal.</param>
/// <param name="Cases">Reviewed decisions, in any order.</param>
/// <param name="Written">Items that people wrote and that stand.</param>
/// <param name="Uses">Uses whose truth is known.</param>
internal sealed record GuidanceInput(AgentDefinition Agent, IReadOnlyCollection<LearningCase> Cases, IReadOnlyCollection<GuidanceItem> Written, IReadOnlyCollection<GuidanceTally> Uses);

/// <summary>
/// Turns reviewed decisions into guidance: one item for each way in which a proposal was corrected or confirmed. A pure function of the
/// <i>set</i> of cases; an item keeps its id while its evidence grows, and no text is ever written anew as a whole.
/// </summary>
/// <remarks>
/// Nothing of a single customer enters an item: feature values only of declared features whose class is not personal, words only where
/// they stand in the cases of at least <see cref="Shared"/> customers of that item and hold no digit
/// (docs/decisions/2026-11-22-guidance-holds-what-several-share.md).
/// </remarks>
internal static class LearnGuidance
{
    /// <summary>Version of the algorithm: grows whenever the same cases could give other items.</summary>
    public const string Algorithm = "guidance/1";

    /// <summary>Customers who must share what an item holds of their cases.</summary>
    public const int Shared = 3;

    private const int MaxWords = 40;
    private const int ShortestWord = 2, LongestWord = 30;
    private const double MostOfAll = 0.5, MostOfItem = 0.8;
    private const int LeastForCommon = 20;
    private const int IdDigits = 12;

    /// <summary>The items, by id; those that audited outcomes speak against are left out.</summary>
    public static ImmutableArray<GuidanceItem> From(GuidanceInput input)
    {
        var items = input.Agent.Guidance.Learns ? Learned(input) : [];
        var uses = input.Uses.ToLookup(static use => use.Item, StringComparer.Ordinal);
        return [.. items.Concat(input.Written)
            .Select(item => GuidanceUses.Of(item, uses[item.Id]) is var (help, harm) ? item with { Help = help, Harm = harm } : item)
            .Where(static item => !new GuidanceUse(item.Help, item.Harm).IsHarmful)
            .OrderBy(static item => item.Id, StringComparer.Ordinal)];
    }

    private static List<GuidanceItem> Learned(GuidanceInput input)
    {
        var cases = input.Cases.Where(static one => one.Ruling.Truth is not null).OrderBy(static one => one.Decision.Id, StringComparer.Ordinal).ToList();
        var words = cases.ConvertAll(static one => WordsOf(one.Decision.Context.Text));
        var common = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var set in words)
            foreach (var word in set) common[word] = common.GetValueOrDefault(word) + 1;
        var whitelist = input.Agent.Schema.Features.Where(static f => f.Class < FieldClass.Personal && f.Kind != FeatureKind.Timestamp).Select(static f => f.Name).ToHashSet(StringComparer.Ordinal);

        var items = Enumerable.Range(0, cases.Count)
            .GroupBy(i => (Task: cases[i].Decision.Context.TaskType ?? "", Proposed: cases[i].Decision.Proposed.Label, Right: cases[i].Ruling.Truth!.Label))
            .Select(group => Item(group.Key, [.. group]))
            .OfType<GuidanceItem>().ToList();
        // What stands on most cases stays; corrections before confirmations, which only accompany them.
        items.Sort(static (a, b) => a.Cases != b.Cases ? b.Cases.CompareTo(a.Cases) : a.Kind != b.Kind ? a.Kind.CompareTo(b.Kind) : string.CompareOrdinal(a.Id, b.Id));
        return items.Count > input.Agent.Guidance.MaxItems ? items[..input.Agent.Guidance.MaxItems] : items;

        GuidanceItem? Item((string Task, string Proposed, string Right) key, int[] group)
        {
            var units = group.Select(i => ServedDecision.UnitOf(cases[i].Decision)).ToArray();
            var features = FeaturesOf(group, units);
            var isCorrection = !string.Equals(key.Proposed, key.Right, StringComparison.Ordinal);
            if (units.Distinct(StringComparer.Ordinal).Count() < Shared && features.IsEmpty) return null;
            if (key.Proposed.Length is 0 or > GuidanceProblems.MaxName || key.Right.Length is 0 or > GuidanceProblems.MaxName) return null;
            var newest = group.OrderByDescending(i => cases[i].Ruling.At).ThenBy(i => cases[i].Decision.Id, StringComparer.Ordinal).Take(GuidanceProblems.MaxEvidence);
            var weight = Math.Round(group.Average(i => cases[i].Weight), 4);
            return weight <= 0 ? null : new()
            {
                Id = (isCorrection ? "x-" : "c-") + Digest(key.Task, key.Proposed, key.Right),
                Kind = isCorrection ? GuidanceKind.Correction : GuidanceKind.Confirmed,
                TaskType = key.Task.Length == 0 ? null : key.Task,
                Proposed = key.Proposed,
                Action = key.Right,
                Features = features,
                Words = WordsIn(group, units),
                Cases = group.Length,
                Submitters = group.SelectMany(i => cases[i].Ruling.Behind).Distinct(StringComparer.Ordinal).Count(),
                Evidence = [.. newest.Select(i => cases[i].Decision.Id).Order(StringComparer.Ordinal)],
                At = group.Max(i => cases[i].Ruling.At),
                Weight = weight,
            };
        }

        ImmutableArray<Feature> FeaturesOf(int[] group, string[] units)
        {
            var features = ImmutableArray.CreateBuilder<Feature>();
            foreach (var name in whitelist.Order(StringComparer.Ordinal))
            {
                var most = group.Select(i => cases[i].Decision.Context[name]).Where(static v => v.Kind != FeatureKind.Missing && (v.Kind != FeatureKind.Number || double.IsFinite(v.AsNumber)))
                    .GroupBy(static v => v).OrderByDescending(static g => g.Count()).ThenBy(static g => CanonicalJson.Text(g.Key), StringComparer.Ordinal).FirstOrDefault();
                if (most is not null && most.Count() >= MostOfItem * group.Length && features.Count < GuidanceProblems.MaxFeatures) features.Add(new(name, most.Key));
            }
            return features.DrainToImmutable();
        }

        ImmutableArray<GuidanceWord> WordsIn(int[] group, string[] units)
        {
            var of = new Dictionary<string, (HashSet<string> Units, int Cases)>(StringComparer.Ordinal);
            for (var g = 0; g < group.Length; g++)
            {
                foreach (var word in words[group[g]])
                {
                    var known = of.TryGetValue(word, out var seen) ? seen : (Units: new(StringComparer.Ordinal), Cases: 0);
                    known.Units.Add(units[g]);
                    of[word] = (known.Units, known.Cases + 1);
                }
            }
            return [.. of
                .Where(pair => pair.Value.Units.Count >= Shared && (cases.Count < LeastForCommon || common[pair.Key] <= MostOfAll * cases.Count))
                .OrderByDescending(pair => pair.Value.Cases * Math.Log((cases.Count + 1.0) / common[pair.Key])).ThenBy(static pair => pair.Key, StringComparer.Ordinal)
                .Take(MaxWords)
                .Select(static pair => new GuidanceWord(pair.Key, pair.Value.Cases))
                .OrderBy(static word => word.Word, StringComparer.Ordinal)];
        }
    }

    // Whatever holds a digit could be a number of somebody's: an order, an account, a date of birth.
    private static HashSet<string> WordsOf(string? text) => TextTokens.Of(text).Where(static word => word.Length is >= ShortestWord and <= LongestWord && !word.Any(char.IsNumber)).ToHashSet(StringComparer.Ordinal);

    private static string Digest(params ReadOnlySpan<string> key)
    {
        var text = new StringBuilder();
        foreach (var part in key) CanonicalJson.AppendQuoted(text, part);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..IdDigits];
    }
}
