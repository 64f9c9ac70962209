using System.Collections.Immutable;
using Emend.Logic.Corrector;

namespace Emend.Engine.Learning.Corrector;

/// <summary>Makes what was trained small and fixed: the part of a bundle that is served.</summary>
internal static class CorrectorExport
{
    /// <summary>Cases an answer must have been right in before a proposal may become it.</summary>
    public const int MinTruths = 2;

    // A key met once is a coincidence, or a name. Parts of words are many: they stand for words nobody met, and take the rare ones out.
    private const int MinCases = 2;
    private const int MinCasesOfPart = 5;
    private const int MostRows = 8_192;
    private const int MostWeights = 24;

    /// <summary>The model to serve.</summary>
    /// <param name="training">What was learned.</param>
    /// <param name="certified">Threshold and certificate; null: shadow.</param>
    /// <param name="isOff">Proposals and answers where it does harm.</param>
    /// <param name="knows">Whether a label is in the catalogue.</param>
    /// <param name="neverRight">Proposed actions that are never right.</param>
    public static CorrectorModel Model(CorrectorTraining training, Certified? certified, Func<string, bool> isOff, Func<string, bool> knows, IEnumerable<string> neverRight)
    {
        var answers = training.Answers;
        var order = Enumerable.Range(0, answers.Answers.Count).OrderBy(a => answers.Answers[a], StringComparer.Ordinal).ToArray();
        var place = new int[order.Length];
        for (var i = 0; i < order.Length; i++) place[order[i]] = i;
        var dead = neverRight.ToHashSet(StringComparer.Ordinal);
        return new()
        {
            Answers = [.. order.Select(a => new CorrectorAnswer(answers.Answers[a], answers.Truths[a],
                answers.Truths[a] >= MinTruths && knows(answers.Answers[a]) && !training.NeedsArgs(answers.Answers[a]) && !isOff("action " + answers.Answers[a])))],
            Proposals = [.. training.Proposals.Keys.Concat(dead).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(label =>
            {
                var record = training.Proposals.GetValueOrDefault(label) ?? new();
                return new CorrectorProposal(label, record.Reviewed, record.Right, dead.Contains(label), isOff("proposed " + label),
                    [.. record.Became.Select(b => (Answer: place[b.Key], Count: b.Value)).OrderBy(static b => b.Answer)]);
            })],
            Rows = RowsOf(training, order, place),
            Odds = [.. Enumerable.Range(0, OverrideEvidence.Count).Select(f => Math.Round(training.Odds.Weight(f), 5))],
            Reviewed = training.Count,
            Record = training.Drawn,
            LeastKnown = CorrectorTraining.LeastKnown,
            Threshold = certified?.Threshold,
            Certificate = certified?.Certificate,
        };
    }

    private static ImmutableArray<CorrectorRow> RowsOf(CorrectorTraining training, int[] order, int[] place)
    {
        var proposed = training.Proposals.Keys.ToDictionary(CaseFeatures.Proposed, static _ => true);
        var kept = training.Answers.Rows
            .Where(row => row.Key == CaseFeatures.Bias || proposed.ContainsKey(row.Key) || row.Cases >= (row.IsPart ? MinCasesOfPart : MinCases))
            .OrderByDescending(row => row.Key == CaseFeatures.Bias || proposed.ContainsKey(row.Key))
            // Words and values first: a word with a row of its own needs none of its parts.
            .ThenByDescending(static row => row.IsWhole).ThenByDescending(static row => row.Cases).ThenBy(static row => row.Key)
            .Take(MostRows).OrderBy(static row => row.Key).ToArray();
        var rows = ImmutableArray.CreateBuilder<CorrectorRow>(kept.Length);
        var weights = new float[order.Length];
        foreach (var row in kept)
        {
            var factor = row.Key == CaseFeatures.Bias ? CaseKeys.OfBias : proposed.ContainsKey(row.Key) ? CaseKeys.OfProposed : row.Parts is not null ? CaseFeatures.Whole : 1;
            for (var a = 0; a < order.Length; a++) weights[place[a]] = row.Weights[a] * factor;
            if (row.Parts is { } parts)
                foreach (var part in parts)
                    if (training.Answers.RowOf(part) is { } learned)
                        for (var a = 0; a < order.Length; a++) weights[place[a]] += learned.Weights[a];
            if (Quantized(row.Key, weights) is { } small) rows.Add(small);
        }
        return rows.DrainToImmutable();
    }

    private static CorrectorRow? Quantized(uint key, float[] weights)
    {
        var scale = (Half)(weights.Max(Math.Abs) / sbyte.MaxValue);
        if (scale == Half.Zero || !Half.IsFinite(scale)) return null;
        var steps = weights.Select((w, a) => (Answer: (byte)a, Steps: (sbyte)Math.Clamp(MathF.Round(w / (float)scale), -sbyte.MaxValue, sbyte.MaxValue)))
            .Where(static w => w.Steps != 0).OrderByDescending(static w => Math.Abs((int)w.Steps)).ThenBy(static w => w.Answer).Take(MostWeights).OrderBy(static w => w.Answer);
        return new(key, scale, [.. steps]);
    }
}
