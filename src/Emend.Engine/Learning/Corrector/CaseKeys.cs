using Emend.Logic.Corrector;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Learning.Corrector;

/// <summary>What a corrector sees of one case, laid out for training: keys with weights of length one in all, and which of them are whole words or values.</summary>
internal sealed class CaseKeys
{
    // The agent's proposal and what all cases have in common weigh little: what they say is left to the odds.
    private const float ProposedWeight = 0.3f, BiasWeight = 0.3f;

    private CaseKeys(uint[] keys, float[] weights, uint[] known, uint[] words, uint[][] parts) =>
        (Keys, Weights, Whole, Words, Parts) = (keys, weights, known, words, parts);

    /// <summary>Keys; some may stand twice.</summary>
    public uint[] Keys { get; }
    /// <summary>Their weights.</summary>
    public float[] Weights { get; }
    /// <summary>Words and typed values: what a case is known by.</summary>
    public uint[] Whole { get; }
    /// <summary>The words among them.</summary>
    public uint[] Words { get; }
    /// <summary>The parts of each word.</summary>
    public uint[][] Parts { get; }

    /// <summary>Weight of the key of the proposed action.</summary>
    public static float OfProposed => ProposedWeight;
    /// <summary>Weight of the key all cases have.</summary>
    public static float OfBias => BiasWeight;

    /// <summary>Reads a case.</summary>
    public static CaseKeys Of(in DecisionInput input)
    {
        var reader = new Reader { Keys = [], Weights = [], Whole = [], Words = [], Parts = [] };
        CaseFeatures.Read(input, ref reader);
        var norm = 1 / MathF.Sqrt(reader.Weights.Sum() + 1);
        for (var i = 0; i < reader.Weights.Count; i++) reader.Weights[i] *= norm;
        reader.Keys.Add(CaseFeatures.Proposed(input.Proposed.Label));
        reader.Weights.Add(ProposedWeight);
        reader.Keys.Add(CaseFeatures.Bias);
        reader.Weights.Add(BiasWeight);
        return new([.. reader.Keys], [.. reader.Weights], [.. reader.Whole], [.. reader.Words], [.. reader.Parts]);
    }

    private struct Reader : ICaseFeatures
    {
        public List<uint> Keys, Whole, Words;
        public List<float> Weights;
        public List<uint[]> Parts;

        public readonly void Word(scoped ReadOnlySpan<char> word, uint key)
        {
            var parts = new uint[CaseFeatures.Parts(word.Length)];
            CaseFeatures.ReadParts(word, parts);
            Keys.Add(key);
            Weights.Add(CaseFeatures.Whole);
            foreach (var part in parts)
            {
                Keys.Add(part);
                Weights.Add(1);
            }
            Whole.Add(key);
            Words.Add(key);
            Parts.Add(parts);
        }

        public readonly void Pair(uint key)
        {
            Keys.Add(key);
            Weights.Add(CaseFeatures.Whole);
        }

        public readonly void Typed(uint key)
        {
            Pair(key);
            Whole.Add(key);
        }
    }
}
