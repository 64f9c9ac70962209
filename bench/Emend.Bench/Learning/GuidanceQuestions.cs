using System.Globalization;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Bench.Learning;

/// <summary>
/// Corrections with known answers, asked for again in other words: a deterministic generator. Each of 120 mistakes has a topic of six words; a case
/// names three of them among filler. A question names three again, each replaced by its synonym with probability 0.3, inflected with 0.3, misspelt
/// (two letters swapped) with 0.1, in another order, among other filler.
/// </summary>
internal static class PlantedParaphrases
{
    private const int Mistakes = 120, CasesEach = 12, QuestionsEach = 6, TopicWords = 6, Named = 3, Filler = 5;
    private static readonly string[] Endings = ["s", "ed", "ing"];
    private static readonly string[] Syllables = ["ba", "ko", "ri", "tam", "lu", "ven", "po", "sil", "dar", "mek", "no", "fi", "gul", "ze", "hap", "jor"];

    public static (List<LearningCase> Cases, List<GuidanceQuestion> Queries) Make(int seed)
    {
        var random = new Random(seed);
        // Topics share words with one another: 200 words for 120 topics of six.
        var vocabulary = Enumerable.Range(0, 200).Select(i => Word(i * 7)).ToArray();
        var filler = Enumerable.Range(0, 60).Select(i => Word((i * 11) + 1_400)).ToArray();
        var topics = Enumerable.Range(0, Mistakes).Select(_ => Enumerable.Range(0, TopicWords).Select(_ => random.Next(vocabulary.Length)).ToArray()).ToArray();
        var cases = new List<LearningCase>();
        var queries = new List<GuidanceQuestion>();
        for (var m = 0; m < Mistakes; m++)
        {
            var (proposed, right) = ($"queue_{m % 15}", $"right_{m}");
            for (var i = 0; i < CasesEach; i++)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"m{m:000}-{i:00}");
                var text = Shuffled(Some(topics[m]).Select(w => Said(w, vocabulary, synonyms: 0.3)).Concat(Enumerable.Range(0, Filler).Select(_ => filler[random.Next(filler.Length)])));
                cases.Add(Case(new() { Id = id, OccurredAt = (m * 100) + i, Agent = "bench", Context = Context.Of([], text: text), Proposed = new(proposed) }, right));
            }
            for (var i = 0; i < QuestionsEach; i++)
            {
                var words = Some(topics[m]).Select(w => Noisy(Said(w, vocabulary, synonyms: 0.3)));
                queries.Add(new(Context.Of([], text: Shuffled(words.Concat(Enumerable.Range(0, Filler).Select(_ => filler[random.Next(filler.Length)])))), new(proposed), right));
            }
        }
        return (cases, queries);

        IEnumerable<int> Some(int[] topic) => topic.OrderBy(_ => random.Next()).Take(Named).ToArray();
        string Shuffled(IEnumerable<string> words) => string.Join(' ', words.ToArray().OrderBy(_ => random.Next()));
        string Said(int word, string[] vocabulary, double synonyms) => random.NextDouble() < synonyms ? vocabulary[word] + "ol" : vocabulary[word];
        string Noisy(string word)
        {
            var dice = random.NextDouble();
            if (dice < 0.3) return word + Endings[random.Next(Endings.Length)];
            if (dice > 0.9 && word.Length > 3)
            {
                var at = random.Next(word.Length - 1);
                return word[..at] + word[at + 1] + word[at] + word[(at + 2)..];
            }
            return word;
        }
    }

    /// <summary>A case with its ruling.</summary>
    public static LearningCase Case(Decision decision, string right) => new(decision, new(
        decision.Id, !string.Equals(decision.Proposed.Label, right, StringComparison.Ordinal), new(right), ["c-" + decision.Id], ["rosa"], "policy:bench", "known truth", decision.OccurredAt));

    private static string Word(int number) => Syllables[number % 16] + Syllables[number / 16 % 16] + Syllables[(number * 5 + 3) % 16];
}

/// <summary>Real messages with their true labels: the first 60 % in time are reviewed, the rest are the questions.</summary>
internal static class RoutedMessages
{
    public static (List<LearningCase> Cases, List<GuidanceQuestion> Queries) Read(string folder)
    {
        var limits = LogLimits.At(TimeProvider.System);
        var truths = LogFile.Outcomes(Path.Combine(folder, "outcomes.jsonl"), limits).Select(static l => l.Record).OfType<Outcome>().Where(static o => o.Action is not null)
            .ToDictionary(static o => o.DecisionId, static o => o.Action!.Label, StringComparer.Ordinal);
        var decisions = LogFile.Decisions(Path.Combine(folder, "decisions.jsonl"), limits).Select(static l => l.Record).OfType<Decision>().Where(d => truths.ContainsKey(d.Id))
            .OrderBy(static d => d.OccurredAt).ThenBy(static d => d.Id, StringComparer.Ordinal).ToList();
        var reviewed = decisions.Count * 6 / 10;
        return ([.. decisions.Take(reviewed).Select(d => PlantedParaphrases.Case(d, truths[d.Id]))], [.. decisions.Skip(reviewed).Select(d => new GuidanceQuestion(d.Context, d.Proposed, truths[d.Id]))]);
    }
}
