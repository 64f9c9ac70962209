using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Learning;
using Emend.Engine.Learning.Corrector;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Corrector;
using Emend.Logic.Evaluation;

namespace Emend.Bench.Learning;

/// <summary>Training a corrector on 10,000 corrected texts, one update, one score of 30 words beside splitting the same text into words.</summary>
internal sealed class CorrectorBench : IBench
{
    private const int Intents = 77, Vocabulary = 3_000, WordsOfIntent = 25, Scores = 2_000;

    public string Name => "corrector";

    public string What => "training on 10,000 corrections, one online update, one score of 30 words; or: corrector planted";

    public Task<int> RunAsync(string[] args) => Task.FromResult(args.Contains("planted") ? Planted() : Texts());

    private static int Texts()
    {
        var random = new Random(7);
        var vocabulary = Enumerable.Range(0, Vocabulary).Select(_ => Word(random)).ToArray();
        var intents = Enumerable.Range(0, Intents).Select(_ => Enumerable.Range(0, WordsOfIntent).Select(_ => vocabulary[random.Next(Vocabulary)]).ToArray()).ToArray();
        var cases = Enumerable.Range(0, 10_000).Select(i => Case(i, vocabulary, intents, random)).ToArray();
        var all = new LearningInput { Agent = new() { Id = "bench" }, Cases = cases };

        var (training, update, late) = (double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity);
        string? json = null;
        CorrectorReport? report = null;
        for (var run = 0; run < 3; run++)
        {
            var learner = new LearnCorrector(LearnerOptions.Default);
            var used = Environment.CpuUsage.TotalTime;
            learner.From(cases[..9_000], all, [], CancellationToken.None);
            (json, report) = learner.From(cases, all, [], CancellationToken.None);
            training = Math.Min(training, (Environment.CpuUsage.TotalTime - used).TotalMilliseconds);
            var online = new CorrectorTraining();
            foreach (var one in cases[..9_000]) online.Take(one);
            var updates = new double[1_000];
            for (var i = 0; i < updates.Length; i++)
            {
                var began = Stopwatch.GetTimestamp();
                online.Take(cases[9_000 + i]);
                updates[i] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
            }
            Array.Sort(updates);
            (update, late) = (Math.Min(update, updates[500]), Math.Min(late, updates[950]));
        }
        Console.WriteLine(report!.Says());
        if (json is null) return 1;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"training on 10,000 corrections of {Intents} actions: {training:0} ms of processor time; one online update, replays included: median {update:0.0} us, 95th of 100 {late:0.0} us; {json.Length / 1024} KiB in the bundle, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))[..16]}"));

        var scorer = CorrectorScorer.Compile(CorrectorJson.Read(json));
        var inputs = Enumerable.Range(0, Scores).Select(i => new DecisionInput(Context.Of([], text: Text(30, vocabulary, intents[i % Intents], random)), new(Label(random.Next(Intents))), 0.5, 0)).ToArray();
        Span<char> buffer = stackalloc char[64];
        var (score, words) = (double.PositiveInfinity, double.PositiveInfinity);
        long bytes = 0, sink = 0;
        for (var run = 0; run < 100; run++)
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            foreach (var input in inputs) sink += scorer.Score(input).Answer;
            score = Math.Min(score, Stopwatch.GetElapsedTime(start).TotalNanoseconds / Scores);
            bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
            start = Stopwatch.GetTimestamp();
            foreach (var input in inputs)
            {
                var scanner = new WordScanner(input.Context.Text, buffer);
                while (scanner.Next()) sink += scanner.Word.Length;
            }
            words = Math.Min(words, Stopwatch.GetElapsedTime(start).TotalNanoseconds / Scores);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"one score of 30 words: {score:0} ns, {bytes / Scores} B; {score / words:0.0} x splitting the text into words ({words:0} ns); check {sink & 1}"));
        return bytes == 0 ? 0 : 1;
    }

    // Errors of an agent with planted mistakes in typed features, on 20,000 new decisions: rules and corrector together, as served.
    private static int Planted()
    {
        foreach (var (count, noise) in new[] { (1_000, 0.05), (3_000, 0), (3_000, 0.05), (3_000, 0.15), (10_000, 0.05) })
        {
            var (fixes, breaks, wasted, errors, rules) = (0, 0, 0, 0, 0);
            for (var seed = 1; seed <= 5; seed++)
            {
                var random = new Random(seed);
                var reviewed = MiningBench.Cases(count, seed).ConvertAll(one => (random.NextDouble() < noise ? Misjudged(one, random) : one) with { Propensity = 1 });
                var built = BuildCandidate.From(new() { Agent = new() { Id = "bench" }, Cases = reviewed });
                var evaluator = Evaluator.Compile(built.Bundle);
                rules += built.Report.Learned.Length;
                foreach (var (decision, ruling) in MiningBench.Cases(20_000, seed + 100))
                {
                    var final = evaluator.FinalAction(evaluator.Decide(new(decision.Context, decision.Proposed, decision.Confidence, decision.OccurredAt)), decision.Proposed);
                    if (ruling.IsWrong) errors++;
                    if (final?.Label == decision.Proposed.Label) continue;
                    if (!ruling.IsWrong) breaks++;
                    else if (final?.Label == ruling.Truth!.Label) fixes++;
                    else wasted++;
                }
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{count,6} reviewed, {noise:P0} wrong reviews: errors fixed {(double)fixes / errors:0.000} (0.852 can be known), precision of overrides {(double)fixes / Math.Max(1, fixes + breaks + wasted):0.000}, harm {breaks / 100.0:0.00} per 1,000, {rules / 5.0:0.0} rules"));
        }
        return 0;
    }

    private static LearningCase Misjudged(LearningCase one, Random random)
    {
        string[] actions = ["approve", "deny", "refund", "escalate", "wait"];
        var said = actions[random.Next(actions.Length)];
        return one with { Ruling = one.Ruling with { IsWrong = said != one.Decision.Proposed.Label, Truth = new(said) } };
    }

    private static LearningCase Case(int number, string[] vocabulary, string[][] intents, Random random)
    {
        var intent = random.Next(Intents);
        var said = random.Next(10) < 7 ? intent : random.Next(Intents);
        var id = string.Create(CultureInfo.InvariantCulture, $"d-{number:000000}");
        var decision = new Decision
        {
            Id = id,
            OccurredAt = number * 1_000_000L,
            Agent = "bench",
            Context = Context.Of([], text: Text(12, vocabulary, intents[intent], random)),
            Proposed = new(Label(said)),
            Confidence = Math.Round(said == intent ? 0.5 + random.NextDouble() / 2 : random.NextDouble(), 2),
        };
        return new(decision, new(id, said != intent, new AgentAction(Label(intent)), ["c-" + id], ["rosa"], "lead", "", decision.OccurredAt)) { Propensity = 1 };
    }

    private static string Text(int words, string[] vocabulary, string[] intent, Random random) =>
        string.Join(' ', Enumerable.Range(0, words).Select(_ => random.Next(4) == 0 ? intent[random.Next(intent.Length)] : vocabulary[(int)(Vocabulary * Math.Pow(random.NextDouble(), 3))]));

    private static string Word(Random random) => string.Concat(Enumerable.Range(0, 2 + random.Next(8)).Select(_ => (char)('a' + random.Next(26))));

    private static string Label(int intent) => string.Create(CultureInfo.InvariantCulture, $"queue-{intent:00}");
}
