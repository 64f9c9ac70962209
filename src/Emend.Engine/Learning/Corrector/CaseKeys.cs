using System.Runtime.InteropServices;
using Emend.Logic.Corrector;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Learning.Corrector;

/// <summary>What a corrector sees of one case, laid out for training: keys with weights of length one in all, and which of them are whole words or values.</summary>
internal sealed class CaseKeys
{
    // The agent's proposal and what all cases have in common weigh little: what they say is left to the odds.
    private const float ProposedWeight = 0.3f, BiasWeight = 0.3f;

    private CaseKeys(uint[] keys, float[] weights, int[] whole, (int At, int Parts)[] words) => (Keys, Weights, Whole, Words) = (keys, weights, whole, words);

    /// <summary>Keys; some may stand twice.</summary>
    public uint[] Keys { get; }
    /// <summary>Their weights.</summary>
    public float[] Weights { get; }
    /// <summary>Where words and typed values stand among the keys: what a case is known by.</summary>
    public int[] Whole { get; }
    /// <summary>Where the words among them stand; each is followed by its parts.</summary>
    public (int At, int Parts)[] Words { get; }

    /// <summary>Weight of the key of the proposed action.</summary>
    public static float OfProposed => ProposedWeight;
    /// <summary>Weight of the key all cases have.</summary>
    public static float OfBias => BiasWeight;

    /// <summary>Reads a case.</summary>
    public static CaseKeys Of(in DecisionInput input)
    {
        var reader = new Reader { Keys = new(256), Weights = new(256), Whole = [], Words = [] };
        CaseFeatures.Read(input, ref reader);
        var weights = CollectionsMarshal.AsSpan(reader.Weights);
        var sum = 0f;
        foreach (var weight in weights) sum += weight;
        var norm = 1 / MathF.Sqrt(sum + 1);
        for (var i = 0; i < weights.Length; i++) weights[i] *= norm;
        reader.Keys.Add(CaseFeatures.Proposed(input.Proposed.Label));
        reader.Weights.Add(ProposedWeight);
        reader.Keys.Add(CaseFeatures.Bias);
        reader.Weights.Add(BiasWeight);
        return new([.. reader.Keys], [.. reader.Weights], [.. reader.Whole], [.. reader.Words]);
    }

    private struct Reader : ICaseFeatures
    {
        public List<uint> Keys;
        public List<float> Weights;
        public List<int> Whole;
        public List<(int At, int Parts)> Words;

        public readonly void Word(scoped ReadOnlySpan<char> word, uint key)
        {
            Whole.Add(Keys.Count);
            Span<uint> parts = stackalloc uint[3 * CaseFeatures.LongestWord];
            parts = parts[..CaseFeatures.ReadParts(word, parts)];
            Words.Add((Keys.Count, parts.Length));
            Pair(key);
            foreach (var part in parts)
            {
                Keys.Add(part);
                Weights.Add(1);
            }
        }

        public readonly void Pair(uint key)
        {
            Keys.Add(key);
            Weights.Add(CaseFeatures.Whole);
        }

        public readonly void Typed(uint key)
        {
            Whole.Add(Keys.Count);
            Pair(key);
        }
    }
}
