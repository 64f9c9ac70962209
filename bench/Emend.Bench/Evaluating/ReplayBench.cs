using System.Diagnostics;
using System.Globalization;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Bench.Evaluating;

/// <summary>Replay of a history through an incumbent and a candidate of 1,000 rules, against the bare evaluator on the same decisions.</summary>
public sealed class ReplayBench : IBench
{
    public string Name => "replay";

    public string What => "1,000,000 decisions through a 1,000-rule bundle: decisions/s per core, memory, same bytes [decisions]";

    public async Task<int> RunAsync(string[] args)
    {
        const int seed = 20_261_122, rules = 1_000, distinct = 50_000;
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var random = new Random(seed);
        var candidate = new Bundle { Agent = "bench", Rules = [.. Rule.Sort([.. Enumerable.Range(0, rules).Select(i => RuleOf(random, i))])] };
        var incumbent = candidate with { Rules = [.. candidate.Rules.Where(static (_, i) => i % 2 == 0)] };
        // The loaded history: distinct decisions, walked as often as it takes.
        var cases = Enumerable.Range(0, distinct).Select(i => CaseOf(random, i)).ToArray();
        Console.WriteLine($"seed {seed}, {rules} rules, {distinct:N0} distinct decisions, {Environment.ProcessorCount} cores");

        var bare = Evaluator.Compile(candidate);
        Bare(bare, cases, distinct);
        var bareSeconds = Best(3, () => Bare(bare, cases, count));
        Console.WriteLine($"evaluator alone, one thread      {count / bareSeconds,14:N0} decisions/s");

        string? bytes = null;
        var isSame = true;
        var alone = 0.0;
        foreach (var (name, before, workers) in new[] { ("candidate only, 1 worker", false, 1), ("incumbent and candidate, 1 worker", true, 1), ("incumbent and candidate, all", true, Environment.ProcessorCount) })
        {
            var (from, to) = (before ? new CompiledPolicy(incumbent) : null, new CompiledPolicy(candidate));
            await ReplayRun.OverAsync(Stream(cases, distinct), from, to, new() { Workers = workers }, CancellationToken.None);
            var best = double.MaxValue;
            ReplayResult result = null!;
            var allocated = 0L;
            for (var run = 0; run < 3; run++)
            {
                var heap = GC.GetTotalAllocatedBytes(precise: true);
                var watch = Stopwatch.GetTimestamp();
                result = await ReplayRun.OverAsync(Stream(cases, count), from, to, new() { Workers = workers }, CancellationToken.None);
                best = Math.Min(best, Stopwatch.GetElapsedTime(watch).TotalSeconds);
                allocated = GC.GetTotalAllocatedBytes(precise: true) - heap;
            }
            if (!before) alone = best;
            if (before) isSame &= (bytes ??= result.Canonical) == result.Canonical;
            Console.WriteLine($"{name,-32} {count / best,14:N0} decisions/s, {(double)allocated / count:0.00} B/decision, {best / bareSeconds:0.00}x the evaluator's time");
        }
        foreach (var factor in new[] { 1, 5 })
        {
            GC.Collect();
            var peak = 0L;
            var watch = new Peak(value => peak = Math.Max(peak, value));
            await ReplayRun.OverAsync(Stream(cases, count * factor), null, new CompiledPolicy(candidate), new() { Progress = watch }, CancellationToken.None);
            Console.WriteLine($"heap while replaying {(long)count * factor,11:N0}  {peak / 1e6,14:N1} MB");
        }
        Console.WriteLine($"replay itself costs {(alone - bareSeconds) / count * 1e9:0} ns a decision; same bytes for any number of workers: {isSame}");
        return isSame ? 0 : 1;
    }

    private static double Best(int runs, Action run)
    {
        var best = double.MaxValue;
        for (var i = 0; i < runs; i++)
        {
            var watch = Stopwatch.GetTimestamp();
            run();
            best = Math.Min(best, Stopwatch.GetElapsedTime(watch).TotalSeconds);
        }
        return best;
    }

    private static void Bare(Evaluator evaluator, ReplayCase[] cases, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var decision = cases[i % cases.Length].Decision;
            evaluator.Decide(new(decision.Context, decision.Proposed, decision.Confidence, decision.OccurredAt));
        }
    }

    private static IEnumerable<ReplayCase> Stream(ReplayCase[] cases, int count)
    {
        for (var i = 0; i < count; i++) yield return cases[i % cases.Length];
    }

    private static string Text(string prefix, int number) => prefix + number.ToString(CultureInfo.InvariantCulture);

    private static Rule RuleOf(Random random, int number)
    {
        Condition When() => new All(
        [
            new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of(Text("action-", random.Next(40)))),
            new Predicate(Operand.Feature("customer"), Comparison.Eq, FeatureValue.Of(Text("cust-", random.Next(200)))),
            random.Next(2) == 0
                ? new Predicate(Operand.Feature("amount"), Comparison.Gt, FeatureValue.Of(random.Next(1_000)))
                : new Predicate(Operand.Feature("country"), Comparison.In, [FeatureValue.Of(Text("c", random.Next(30))), FeatureValue.Of(Text("c", random.Next(30)))]),
        ]);
        return new() { Id = Text("r", number), When = When(), Effect = RuleEffect.Override, Action = Text("action-", random.Next(40)), EvidenceThrough = number };
    }

    private static ReplayCase CaseOf(Random random, int number)
    {
        var decision = new Decision
        {
            Id = Text("decision-", number),
            OccurredAt = 1_762_171_200_000_000 + number * 1_000_000L,
            Agent = "bench",
            Context = Context.Of(
            [
                new("customer", FeatureValue.Of(Text("cust-", random.Next(200)))), new("country", FeatureValue.Of(Text("c", random.Next(30)))),
                new("amount", FeatureValue.Of(random.Next(1_000))), new("vip", FeatureValue.Of(random.Next(2) == 0)), new("channel", FeatureValue.Of(Text("ch", random.Next(5)))),
                new("age", FeatureValue.Of(random.Next(90))),
            ], "route"),
            Proposed = new(Text("action-", random.Next(40))),
            Confidence = random.NextDouble(),
        };
        return random.Next(10) == 0 ? ReplayCase.Revealed(decision, new(Text("action-", random.Next(40)))) : ReplayCase.Unjudged(decision);
    }

    private sealed class Peak(Action<long> see) : IProgress<long>
    {
        private long _next;

        public void Report(long value)
        {
            if (value < _next) return;
            _next = value + 100_000;
            see(GC.GetTotalMemory(forceFullCollection: false));
        }
    }
}
