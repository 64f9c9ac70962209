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
        var proposed = training.Proposals.Keys.Select(CaseFeatures.Proposed).ToHashSet();
        var model = training.Answers;
        var all = model.Rows.ToArray();
        var kept = Enumerable.Range(0, all.Length)
            .Where(row => IsServed(all[row].Key) || all[row].Cases >= (all[row].IsPart ? MinCasesOfPart : MinCases))
            .OrderByDescending(row => IsServed(all[row].Key))
            // Words and values first: a word with a row of its own needs none of its parts.
            .ThenByDescending(row => all[row].IsWhole).ThenByDescending(row => all[row].Cases).ThenBy(row => all[row].Key)
            .Take(MostRows).OrderBy(row => all[row].Key).ToArray();
        var rows = ImmutableArray.CreateBuilder<CorrectorRow>(kept.Length);
        var weights = new float[order.Length];
        foreach (var row in kept)
        {
            var (key, parts) = (all[row].Key, all[row].Parts);
            Add(row, key == CaseFeatures.Bias ? CaseKeys.OfBias : proposed.Contains(key) ? CaseKeys.OfProposed : parts is not null ? CaseFeatures.Whole : 1);
            foreach (var part in parts ?? [])
                if (model.RowOf(part) is >= 0 and var learned) Add(learned, 1);
            if (Quantized(key, weights) is { } small) rows.Add(small);
            Array.Clear(weights);
        }
        return rows.DrainToImmutable();

        bool IsServed(uint key) => key == CaseFeatures.Bias || proposed.Contains(key);

        void Add(int row, float factor)
        {
            var learned = model.WeightsOf(row);
            for (var a = 0; a < order.Length; a++) weights[place[a]] += learned[a] * factor;
        }
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
