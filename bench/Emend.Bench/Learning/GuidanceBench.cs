using System.Diagnostics;
using System.Globalization;
using Emend.Engine.Learning;
using Emend.Engine.Learning.Guidance;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Guidance;

namespace Emend.Bench.Learning;

/// <summary>
/// Guidance: how long one retrieval takes at 10,000 items, and whether it finds what it should. <c>guidance [FOLDER]</c>; the folder holds
/// decisions and outcomes in the log format (<c>../shared/data/banking77</c>), without it the real part is left out.
/// </summary>
internal sealed class GuidanceBench : IBench
{
    public string Name => "guidance";

    public string What => "guidance: time of one retrieval at 10,000 items, Recall@5 against BM25 alone, [FOLDER]";

    public Task<int> RunAsync(string[] args)
    {
        GuidanceTimes.Run();
        Console.WriteLine();
        var planted = PlantedParaphrases.Make(seed: 1);
        Recall("planted corrections, paraphrased", planted.Cases, planted.Queries);
        if (args is [var folder, ..])
        {
            var (cases, queries) = RoutedMessages.Read(folder);
            Recall($"{Path.GetFileName(folder.TrimEnd('/'))}: reviewed first 60 %, asked with the rest", cases, queries);
        }
        return Task.FromResult(0);
    }

    /// <summary>
    /// Recall@5: the share of queries with a relevant item among the first five by score, before diversity and caps. Relevant is an item whose
    /// correct action is the true one of the query. Both methods rank the same items.
    /// </summary>
    private static void Recall(string what, List<LearningCase> cases, List<GuidanceQuestion> queries)
    {
        var agent = new AgentDefinition { Id = "bench", Guidance = new() { Learns = true, MaxItems = GuidancePolicy.Most } };
        var index = GuidanceIndex.Of("bench", "sha256:bench", LearnGuidance.From(new(agent, cases, [], [])));
        Console.WriteLine($"{what}: {cases.Count:N0} cases, {index.Items.Length:N0} items, {queries.Count:N0} questions");
        var plain = Of(static (index, question) => index.Rank(new(question.Context), 5, bm25Only: true));
        var ours = Of(static (index, question) => index.Rank(new(question.Context), 5));
        var draft = Of(static (index, question) => index.Rank(new(question.Context) { Draft = question.Draft }, 5));
        var shown = Of(static (index, question) =>
        {
            var items = index.For(new(question.Context) { Draft = question.Draft, MaxItems = 5 }).Items;
            return [.. items.Select(item => index.Items.IndexOf(item))];
        });
        Row("BM25 alone", plain, plain);
        Row("Emend, no draft", ours, plain);
        Row("Emend, with the agent's draft", draft, plain);
        Row("  as shown (diversity, contrast)", shown, plain);

        double Of(Func<GuidanceIndex, GuidanceQuestion, int[]> rank) =>
            queries.Average(question => rank(index, question).Any(i => index.Items[i].Action == question.Right) ? 100.0 : 0);
        static void Row(string method, double recall, double baseline) =>
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {method,-34} Recall@5 {recall:0.0} %  {(recall - baseline >= 0 ? "+" : "")}{recall - baseline:0.0}"));
    }
}

/// <summary>One question with its answer.</summary>
/// <param name="Context">The case.</param>
/// <param name="Draft">What the agent would propose.</param>
/// <param name="Right">What is right.</param>
internal sealed record GuidanceQuestion(Context Context, AgentAction Draft, string Right);

/// <summary>Times of one retrieval among many items.</summary>
internal static class GuidanceTimes
{
    private const int Items = 10_000, Questions = 4_000, Vocabulary = 6_000;

    public static void Run()
    {
        var random = new Random(7);
        var words = Enumerable.Range(0, Vocabulary).Select(Spell).ToArray();
        var index = GuidanceIndex.Of("bench", "sha256:bench", Enumerable.Range(0, Items).Select(i => new GuidanceItem
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"x-{i:00000}"),
            Kind = i % 3 == 0 ? GuidanceKind.Confirmed : GuidanceKind.Correction,
            Proposed = $"a{i % 40}",
            Action = i % 3 == 0 ? $"a{i % 40}" : $"a{(i + 1) % 40}",
            Words = [.. Enumerable.Range(0, 24).Select(_ => words[Rank(random)]).Distinct().Order(StringComparer.Ordinal).Select(w => new GuidanceWord(w, 1 + random.Next(12)))],
            Features = [new("channel", FeatureValue.Of(i % 2 == 0 ? "mail" : "chat")), new("tier", FeatureValue.Of(i % 5))],
            Cases = 12,
            At = i * 1_000_000L,
        }));
        var questions = Enumerable.Range(0, Questions).Select(i => new GuidanceQuery(Context.Of([new("channel", FeatureValue.Of("mail")), new("tier", FeatureValue.Of(i % 5))], text: string.Join(' ', Enumerable.Range(0, 30).Select(_ => words[Rank(random)]))))
        {
            Draft = new($"a{i % 40}"),
            Unit = string.Create(CultureInfo.InvariantCulture, $"u{i}"),
        }).ToArray();
        foreach (var question in questions.AsSpan(0, 1_000)) index.For(question);
        foreach (var question in questions.AsSpan(0, 1_000)) index.For(question);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var all = Times(question => index.For(question).Text.Length);
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Questions;
        var ranked = Times(question => index.Rank(question, 5, bm25Only: true).Length);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Items:N0} items, 30 words: whole answer p50 {all[Questions / 2]:0} us, p99 {all[Questions * 99 / 100]:0} us, {bytes:N0} B; BM25 and a full sort in the same run p50 {ranked[Questions / 2]:0} us"));

        double[] Times(Func<GuidanceQuery, int> ask)
        {
            var times = new double[questions.Length];
            for (var i = 0; i < questions.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                ask(questions[i]);
                times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }
            Array.Sort(times);
            return times;
        }
    }

    // Words are used as in language: few of them nearly always.
    private static int Rank(Random random) => (int)(Vocabulary * Math.Pow(random.NextDouble(), 2.5));

    // A word of letters only, different for each number.
    private static string Spell(int number)
    {
        var text = new System.Text.StringBuilder("w");
        for (; number > 0; number /= 20) text.Append((char)('a' + (number % 20)));
        return text.ToString();
    }
}
