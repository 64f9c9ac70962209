using System.Runtime.InteropServices;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Conditions;

namespace Emend.Engine.Trust;

/// <summary>
/// How likely each action is the right one for a case, by what others of the same agent looked like: naive Bayes on words, typed features, and what was
/// proposed. Too simple to act on and simple enough to doubt people with: it never overrides anything.
/// </summary>
internal sealed class CaseBayes
{
    private const double Smoothing = 0.5;

    private readonly Dictionary<string, (double Cases, double Tokens, Dictionary<string, double> Counts)> _labels = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private double _all;

    /// <summary>Learns from cases; those whose right action is not known teach nothing.</summary>
    public static CaseBayes From(IEnumerable<LearningCase> cases)
    {
        var model = new CaseBayes();
        foreach (var one in cases)
            if (one.Ruling.Truth is { } truth) model.Add(one.Decision, truth.Label, one.Weight);
        return model;
    }

    /// <summary>Labels it has seen, sorted.</summary>
    public IReadOnlyList<string> Labels => [.. _labels.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Probability of each label, in the order of <see cref="Labels"/>.</summary>
    public double[] Of(Decision decision)
    {
        var tokens = Tokens(decision).Where(_known.Contains).ToArray();
        var labels = Labels;
        var logs = new double[labels.Count];
        for (var i = 0; i < logs.Length; i++)
        {
            var (cases, count, counts) = _labels[labels[i]];
            logs[i] = Math.Log((cases + Smoothing) / (_all + Smoothing * labels.Count));
            // Many words say much the same thing: they count as the square root of their number.
            var scale = tokens.Length == 0 ? 0 : 1 / Math.Sqrt(tokens.Length);
            foreach (var token in tokens) logs[i] += scale * Math.Log((counts.GetValueOrDefault(token) + Smoothing) / (count + Smoothing * _known.Count));
        }
        var most = logs.Length == 0 ? 0 : logs.Max();
        var sum = 0.0;
        for (var i = 0; i < logs.Length; i++) sum += logs[i] = Math.Exp(logs[i] - most);
        for (var i = 0; i < logs.Length; i++) logs[i] /= sum;
        return logs;
    }

    /// <summary>The likeliest label; null when nothing was learned.</summary>
    public string? Best(Decision decision)
    {
        var chances = Of(decision);
        return chances.Length == 0 ? null : Labels[Array.IndexOf(chances, chances.Max())];
    }

    /// <summary>How badly it is surprised by what was right: -ln of its probability, bounded.</summary>
    public double Surprise(Decision decision, string right)
    {
        var at = _labels.ContainsKey(right) ? Labels.ToList().IndexOf(right) : -1;
        return -Math.Log(Math.Max(1e-6, at < 0 ? 0 : Of(decision)[at]));
    }

    private void Add(Decision decision, string label, double weight)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_labels, label, out var exists);
        if (!exists) known = (0, 0, new(StringComparer.Ordinal));
        foreach (var token in Tokens(decision))
        {
            _known.Add(token);
            CollectionsMarshal.GetValueRefOrAddDefault(known.Counts, token, out _) += weight;
            known.Tokens += weight;
        }
        known.Cases += weight;
        _all += weight;
    }

    private static IEnumerable<string> Tokens(Decision decision)
    {
        yield return "proposed=" + decision.Proposed.Label;
        foreach (var feature in decision.Context.Features)
            if (feature.Value.Kind != FeatureKind.Number) yield return feature.Name + "=" + feature.Value;
        foreach (var word in TextTokens.Of(decision.Context.Text)) yield return word;
    }
}
