using Emend.Logic.Corrector;
using Emend.Logic.Evaluation;

namespace Emend.Logic.Tests.Corrector;

/// <summary>Correctors made by hand: each answer has words that speak for it.</summary>
internal static class SmallCorrector
{
    /// <summary>A certified corrector whose odds are the margin of the answer's log-probability over the proposal's, times six.</summary>
    public static CorrectorModel Of(params (string Answer, string[] Words)[] says)
    {
        var answers = says.OrderBy(static s => s.Answer, StringComparer.Ordinal).ToArray();
        var rows = new SortedDictionary<uint, CorrectorRow>();
        for (var a = 0; a < answers.Length; a++)
            foreach (var word in answers[a].Words) rows[KeyOf(word)] = new(KeyOf(word), (Half)0.25, [((byte)a, 100)]);
        return new()
        {
            Answers = [.. answers.Select(static s => new CorrectorAnswer(s.Answer, 5, IsCertified: true))],
            Rows = [.. rows.Values],
            Odds = [0, 0, -6, 6, 0, 0, 0, 0, 0, 0, 0, 0],
            Reviewed = 1000,
            Record = new(900, 700),
            Threshold = 0.8,
            Certificate = new(0.13, 0.05, 60, 2, 7, 1_000_000, 2_000_000),
        };
    }

    /// <summary>A bundle with it and nothing else.</summary>
    public static Bundle Bundle(CorrectorModel model) => new() { Agent = "desk", Corrector = CorrectorJson.Write(model) };

    /// <summary>A decision about a text.</summary>
    public static DecisionInput Input(string text, string proposed) => new(Context.Of([], text: text), new(proposed), null, 0);

    /// <summary>The key of a word.</summary>
    public static uint KeyOf(string word)
    {
        var keys = new Keys { Words = [] };
        CaseFeatures.Read(Input(word, "x"), ref keys);
        return keys.Words.Single();
    }

    private struct Keys : ICaseFeatures
    {
        public List<uint> Words;
        public readonly void Word(scoped ReadOnlySpan<char> word, uint key) => Words.Add(key);
        public readonly void Pair(uint key) { }
        public readonly void Typed(uint key) { }
    }
}
