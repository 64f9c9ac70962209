using System.Numerics;
using System.Runtime.CompilerServices;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;

namespace Emend.Logic.Corrector;

/// <summary>Takes what <see cref="CaseFeatures.Read"/> finds in a case.</summary>
public interface ICaseFeatures
{
    /// <summary>A word of the text, lower-cased, cut to <see cref="CaseFeatures.LongestWord"/>; valid during the call only.</summary>
    void Word(scoped ReadOnlySpan<char> word, uint key);

    /// <summary>Two words beside each other.</summary>
    void Pair(uint key);

    /// <summary>A typed value, alone or under the proposed action.</summary>
    void Typed(uint key);
}

/// <summary>What a corrector sees of a case, as 32-bit keys: words, pairs of words, parts of words, typed values, and each typed value under the proposed action.</summary>
/// <remarks>Training and serving read cases with this one function. Keys are hashes: a bundle's corrector holds no word of any text.</remarks>
public static class CaseFeatures
{
    /// <summary>Words of a text that count; the rest of a longer one is not read.</summary>
    public const int MostWords = 200;

    /// <summary>Letters of a word that count.</summary>
    public const int LongestWord = 40;

    /// <summary>Weight of a word, a pair or a typed value; a part of a word weighs 1.</summary>
    public const float Whole = 2;

    /// <summary>Key of what all cases have in common.</summary>
    public const uint Bias = 1;

    private const uint WordSeed = 0x9e3779b9, PairSeed = 0x85ebca6b, PartSeed = 0xc2b2ae35, TypedSeed = 0x27d4eb2f, ProposedSeed = 0x165667b1;

    /// <summary>Key of a proposed action.</summary>
    public static uint Proposed(string action) => Hash(action, ProposedSeed);

    /// <summary>Reads a case. Allocates nothing.</summary>
    public static void Read<T>(in DecisionInput input, ref T to) where T : ICaseFeatures, allows ref struct
    {
        if (input.Context.Text is { Length: > 0 } text) ReadText(text, ref to);
        var features = input.Context.Features;
        if (features.IsEmpty && input.Context.TaskType is null) return;
        var under = Proposed(input.Proposed.Label);
        if (input.Context.TaskType is { } task) Typed(Hash(task, TypedSeed), under, ref to);
        for (var i = 0; i < features.Length; i++)
        {
            var name = Hash(features[i].Name, TypedSeed + 1);
            var value = features[i].Value;
            switch (value.Kind)
            {
                case FeatureKind.String:
                    Typed(Hash(value.AsString, name), under, ref to);
                    break;
                case FeatureKind.Boolean:
                    Typed(Mix(name, value.AsBoolean ? 2u : 3u), under, ref to);
                    break;
                case FeatureKind.StringSet:
                    foreach (var member in value.AsSet) Typed(Hash(member, name), under, ref to);
                    break;
                case FeatureKind.Number:
                    // Four and sixty-four steps from each power of two to the next: near numbers share the coarse key, equal ones the fine one.
                    var bits = BitConverter.DoubleToUInt64Bits(value.AsNumber);
                    Typed(Mix(name, Folded(bits >> 50) ^ 0x40000000), under, ref to);
                    Typed(Mix(name, Folded(bits >> 46) ^ 0x80000000), under, ref to);
                    break;
                default: break;
            }
        }
    }

    /// <summary>How many parts (three to five letters with the borders of the word) a word of this length has.</summary>
    public static int Parts(int length) => length <= 0 ? 0 : length + Math.Max(0, length - 1) + Math.Max(0, length - 2);

    /// <summary>The keys of a word's parts; <paramref name="keys"/> takes <see cref="Parts"/> of them.</summary>
    public static int ReadParts(ReadOnlySpan<char> word, Span<uint> keys)
    {
        var count = 0;
        for (var start = -1; start < word.Length; start++)
        {
            var hash = PartSeed;
            for (var length = 1; length <= 5 && start + length <= word.Length + 1; length++)
            {
                var at = start + length - 1;
                hash = Mix(hash, at < 0 || at == word.Length ? '_' : word[at]);
                if (length >= 3) keys[count++] = Finish(hash);
            }
        }
        return count;
    }

    private static void ReadText<T>(string text, ref T to) where T : ICaseFeatures, allows ref struct
    {
        Span<char> buffer = stackalloc char[LongestWord];
        var words = new WordScanner(text, buffer);
        var before = 0u;
        for (var count = 0; count < MostWords && words.Next(); count++)
        {
            var key = Hash(words.Word, WordSeed);
            to.Word(words.Word, key);
            if (count > 0) to.Pair(Finish(Mix(Mix(PairSeed, before), key)));
            before = key;
        }
    }

    private static void Typed<T>(uint key, uint under, ref T to) where T : ICaseFeatures, allows ref struct
    {
        to.Typed(Finish(key));
        to.Typed(Finish(Mix(key, under)));
    }

    private static uint Hash(ReadOnlySpan<char> text, uint seed)
    {
        var hash = seed ^ (uint)text.Length;
        foreach (var c in text) hash = Mix(hash, c);
        return Finish(hash);
    }

    private static uint Folded(ulong bits) => (uint)bits ^ (uint)(bits >> 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Mix(uint hash, uint value) => BitOperations.RotateLeft((hash ^ value) * 0x9e3779b1, 13) + value;

    // Murmur's finisher; 0 marks a free place in tables.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Finish(uint hash)
    {
        hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
        hash ^= hash >> 16;
        return hash <= Bias ? hash + 2 : hash;
    }
}
