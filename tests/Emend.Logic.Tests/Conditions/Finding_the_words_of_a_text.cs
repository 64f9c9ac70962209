using System.Text;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Logic.Tests.Conditions;

public class Finding_the_words_of_a_text
{
    // What texts are made of, awkward ones on purpose: separators, apostrophes of both kinds, marks, the Kelvin sign (lower-cased to an
    // ASCII k), a dotted capital I, wide digits, pairs and halves of pairs of surrogates, and characters beside the ranges of letters.
    private static readonly string[] Pieces =
        ["a", "b", "Z", "z", "A", "0", "9", "k", "word", "Refund", "TOP", "up", " ", " ", " ", "'", "\u2019", "-", ",", "\n", "\0", "@", "[", "`", "{", "/", ":", "_",
         "ß", "Größe", "é", "e\u0301", "\u212A", "İ", "ı", "東京", "５", "😀", "𝒜", "\uD83D", "\uDE00", "—", "…", "\u00A0", "\u3000", "\uFF07", "abcdefghijklmnop", "abcdefghijklmnopq"];

    [Theory]
    [InlineData("Can't TOP up", "cant top up")]
    [InlineData("can\u2019t", "cant")]
    [InlineData("'quoted' and ''", "quoted and")]
    [InlineData("Größe 2025!", "größe 2025")]
    [InlineData("naïve e\u0301te\u0301", "naïve e\u0301te\u0301")]
    [InlineData("5\u212A run", "5k run")]
    [InlineData("İstanbul—Ankara", "İstanbul ankara")]
    [InlineData("東京tower５", "東京tower５")]
    [InlineData("yes😀no", "yes no")]
    [InlineData("a\uD83Db \uDE00", "a b")]
    [InlineData("ab\u00A0cd\u3000ef", "ab cd ef")]
    [InlineData("[`{@/:_", "")]
    [InlineData("", "")]
    public void lower_cases_them_and_drops_apostrophes(string text, string words)
    {
        Assert.Equal(words, string.Join(' ', TextTokens.Of(text)));
        Assert.Equal(words, string.Join(' ', Runs(text)));
    }

    [Fact]
    public void sixteen_characters_at_a_time_gives_the_same_as_one_by_one()
    {
        var random = new Random(20261122);
        for (var length = 0; length < 300; length++)
        {
            var plain = string.Concat(Enumerable.Range(0, length).Select(_ => (char)random.Next(0x20, 0x7F)));
            Assert.Equal(TextTokens.Of(plain), Runs(plain));
            Assert.Equal([.. TextTokens.Of(new string('x', length))], Runs(new string('x', length)));
        }
        for (var round = 0; round < 4_000; round++)
        {
            var text = Text(random, random.Next(40));
            Assert.Equal(TextTokens.Of(text), Runs(text));
        }
    }

    [Fact]
    public void finds_words_and_phrases_as_the_oracle_does_whatever_the_text()
    {
        var random = new Random(20261123);
        var found = 0;
        for (var round = 0; round < 150; round++)
        {
            var most = round % 3 == 0 ? 1 : 4; // words alone, or phrases too
            var bundle = new Bundle
            {
                Agent = "a",
                Rules = [.. Enumerable.Range(0, random.Next(1, 40)).Select(i => new Rule
                {
                    Id = $"r{i}",
                    When = new Predicate(Operand.Text, Comparison.Contains, FeatureValue.Of(Text(random, random.Next(1, most * 3)))),
                    Effect = RuleEffect.Escalate,
                })],
            };
            var evaluator = Evaluator.Compile(bundle);
            for (var c = 0; c < 60; c++)
            {
                var input = new DecisionInput(Context.Of([], text: Text(random, random.Next(60)) + (c % 20 == 0 ? new string('y', 1_100) : "") + Text(random, 20)), new("x"), null, 1);
                var expected = BruteForce.Decide(bundle, input);
                Assert.True(expected == evaluator.Decide(input), $"round {round}, case {c}: {string.Join(' ', input.Context.Text!.Select(static unit => ((int)unit).ToString("x4", null)))}");
                if (expected.Index >= 0) found++;
            }
        }
        Assert.InRange(found, 1_000, 8_900);
    }

    [Fact]
    public void short_words_chosen_to_collide_are_told_apart_all_the_same()
    {
        var words = Enumerable.Range(0, 20_000).Select(static i => KeyValuePair.Create($"w{i % 7}{i:x8}", i + 1)).ToList();
        var table = ShortWords.Of(words);
        foreach (var (word, id) in words) Assert.Equal(id, Find(word));
        for (var i = 0; i < 20_000; i++) Assert.Equal(0, Find($"v{i}"));
        Assert.Equal((0, 0), (Find("w000000000"[..9]), Find("w")));

        int Find(string word)
        {
            var runs = new TextRuns(word, new ulong[TextRuns.Room(word.Length)]);
            Assert.True(runs.Next());
            var (low, high) = runs.Key();
            return table.Find(low, high);
        }
    }

    private static string Text(Random random, int pieces) => string.Concat(Enumerable.Range(0, pieces).Select(_ => Pieces[random.Next(Pieces.Length)]));

    private static List<string> Runs(string text)
    {
        var room = new ulong[TextRuns.Room(text.Length)];
        Array.Fill(room, 0xA5A5A5A5A5A5A5A5UL); // what lay in memory before does not matter
        var runs = new TextRuns(text, room);
        var all = new List<string>();
        var key = new byte[16];
        while (runs.Next())
        {
            if (!runs.IsPlain) all.AddRange(TextTokens.Of(runs.Text.ToString()));
            else
            {
                all.Add(Encoding.ASCII.GetString(runs.Lowered));
                if (runs.Length > ShortWords.Longest) continue;
                var (low, high) = runs.Key();
                BitConverter.TryWriteBytes(key, low);
                BitConverter.TryWriteBytes(key.AsSpan(8), high);
                Assert.Equal(all[^1].PadRight(16, '\0'), Encoding.ASCII.GetString(key));
            }
        }
        return all;
    }
}
