using System.Collections.Immutable;
using System.Globalization;
using Emend.Engine.Evaluating.Statistics;
using Emend.Logic;

namespace Emend.Engine.Evaluating.Backtest;

/// <summary>A part of the decisions.</summary>
/// <param name="Dimension">What they have in common: agent, action, task type, confidence, or a feature.</param>
/// <param name="Value">Its value or band.</param>
/// <param name="Errors">Errors of the agent alone and with Emend.</param>
/// <param name="Fixes">Agent wrong, Emend right.</param>
/// <param name="Breaks">Agent right, Emend wrong.</param>
internal sealed record ReportSlice(string Dimension, string Value, ErrorCount Errors, int Fixes, int Breaks)
{
    /// <summary>It breaks more than it fixes beyond chance: exact sign test, Holm's correction over all slices of the report.</summary>
    public bool IsWorse { get; init; }
}

/// <summary>
/// Where Emend helps and where it harms: by agent, proposed action, task type, confidence and features. Numbers fall into quarters of their own
/// values, and every slice is held against chance, since among many some look bad by it.
/// </summary>
internal static class ReportSlices
{
    /// <summary>Decisions a slice has at least.</summary>
    public const int Least = 30;

    private const int MostPerDimension = 12, MostFeatures = 12, Bands = 4;
    private const double Level = 0.05;

    /// <summary>The slices, the largest of each dimension first; of numbers from low to high.</summary>
    public static ImmutableArray<ReportSlice> Of(IReadOnlyList<ScoredDecision> scored)
    {
        var slices = new List<ReportSlice>();
        Add("agent", static one => one.Decision.Agent);
        Add("action", static one => one.Decision.Proposed.Label);
        Add("task type", static one => one.Decision.Context.TaskType);
        Number("confidence", static one => one.Decision.Confidence ?? double.NaN);
        var features = scored.SelectMany(static one => one.Decision.Context.Features.Select(static f => f.Name)).GroupBy(static n => n, StringComparer.Ordinal)
            .OrderByDescending(static g => g.Count()).ThenBy(static g => g.Key, StringComparer.Ordinal).Take(MostFeatures).Select(static g => g.Key).ToList();
        foreach (var name in features)
        {
            var kind = scored.Select(one => one.Decision.Context[name].Kind).First(static k => k != FeatureKind.Missing);
            if (kind == FeatureKind.Number) Number(name, one => one.Decision.Context[name].AsNumber);
            else if (kind is FeatureKind.String or FeatureKind.Boolean) Add(name, one => one.Decision.Context[name] is { Kind: not FeatureKind.Missing } value ? value.Kind == FeatureKind.String ? value.AsString : CanonicalJson.Text(value) : null);
        }
        return Judged(slices);

        void Number(string dimension, Func<ScoredDecision, double> of)
        {
            var values = scored.Select(of).Where(double.IsFinite).Order().ToArray();
            if (values.Length < Least) return;
            var cuts = Enumerable.Range(1, Bands - 1).Select(i => values[values.Length * i / Bands]).Distinct().ToArray();
            Add(dimension, one => double.IsFinite(of(one)) ? Band(of(one), cuts) : null, of);
        }

        // One value for all would say again what the whole says.
        void Add(string dimension, Func<ScoredDecision, string?> of, Func<ScoredDecision, double>? rank = null)
        {
            var groups = scored.Select(one => (one, Value: of(one))).Where(static x => x.Value is not null).GroupBy(static x => x.Value!, static x => x.one, StringComparer.Ordinal).ToList();
            if (groups.Count < 2) return;
            slices.AddRange(groups.Where(static group => group.Count() >= Least).OrderBy(group => rank?.Invoke(group.First()) ?? -group.Count()).ThenBy(static group => group.Key, StringComparer.Ordinal)
                .Take(MostPerDimension).Select(group => Count(dimension, group.Key, group)));
        }
    }

    private static ReportSlice Count(string dimension, string value, IEnumerable<ScoredDecision> group)
    {
        var (errors, fixes, breaks) = (new ErrorCount(), 0, 0);
        foreach (var one in group)
        {
            errors += new ErrorCount(!one.IsEscalated && one.AgentWrong ? 1 : 0, !one.IsEscalated && one.EmendWrong ? 1 : 0, 1);
            if (one.IsFix) fixes++;
            if (one.IsBreak) breaks++;
        }
        return new(dimension, value, errors, fixes, breaks);
    }

    // Holm: the smallest p against level/m, the next against level/(m-1), until one fails.
    private static ImmutableArray<ReportSlice> Judged(List<ReportSlice> slices)
    {
        var order = Enumerable.Range(0, slices.Count).Select(i => (Index: i, P: McNemar.P(slices[i].Breaks, slices[i].Fixes))).OrderBy(static x => x.P).ThenBy(static x => x.Index).ToList();
        for (var i = 0; i < order.Count && order[i].P <= Level / (order.Count - i); i++) slices[order[i].Index] = slices[order[i].Index] with { IsWorse = true };
        return [.. slices];
    }

    private static string Band(double value, double[] cuts)
    {
        var at = 0;
        while (at < cuts.Length && value >= cuts[at]) at++;
        if (at == 0) return "below " + Text(cuts[0]);
        return at == cuts.Length ? Text(cuts[^1]) + " and more" : $"{Text(cuts[at - 1])} to {Text(cuts[at])}";
    }

    private static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
