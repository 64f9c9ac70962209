using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;

namespace Emend.Bench.Serving;

/// <summary>Deciding: time and bytes per decision from 10 to 100,000 rules, compile times, and other products on the same workload in the same run.</summary>
internal sealed class EvaluatorBench : IBench
{
    // As many as stay near the processor: an agent asks about what it has just read, not about what it read a second ago.
    private const int Cases = 1_000;
    private static readonly int[] Sizes = [10, 100, 1_000, 10_000, 100_000];

    public string Name => "evaluator";

    public string What => "ns and bytes per decision by number of rules, compile time, ratio to the fastest npm peer (options: --no-peers)";

    public async Task<int> RunAsync(string[] args)
    {
        Console.WriteLine($"seed {EvaluatorWorkload.Seed}, {Cases:N0} cases, one thread, median of batches\n");
        Console.WriteLine($"{"rules",9} {"first match",12} {"B",3} {"unknown",9} {"DecisionInput",14} {"B",3} {"skewed",8} {"brute force",12} {"matches",8}");
        var first = new Dictionary<int, double>();
        foreach (var size in Sizes)
        {
            var work = new EvaluatorWorkload(size, Cases);
            var evaluator = Evaluator.Compile(work.Bundle);
            if (!Verify(work, evaluator)) return 1;
            var slots = EvaluatorWorkload.Slots(evaluator, work.Inputs);
            var unknown = EvaluatorWorkload.Slots(evaluator, work.Unknown);
            var (ns, bytes) = Measure((from, count) => BySlots(evaluator, slots, from, count));
            var (nsUnknown, _) = Measure((from, count) => BySlots(evaluator, unknown, from, count));
            var (nsInput, bytesInput) = Measure((from, count) => ByInput(evaluator, work.Inputs, from, count));
            var skewed = new EvaluatorWorkload(size, Cases, skewed: true);
            var skewedEvaluator = Evaluator.Compile(skewed.Bundle);
            if (!Verify(skewed, skewedEvaluator)) return 1;
            var skewedSlots = EvaluatorWorkload.Slots(skewedEvaluator, skewed.Inputs);
            var (nsSkewed, _) = Measure((from, count) => BySlots(skewedEvaluator, skewedSlots, from, count));
            var few = work.Inputs[..20];
            var (nsBrute, _) = Measure((_, _) => ByBruteForce(work.Bundle, few), few.Length, seconds: 0.2);
            var matches = work.Inputs[..Math.Clamp(1_000_000 / size, 100, Cases)].Average(input => evaluator.AllMatches(input).Length);
            first[size] = ns;
            Console.WriteLine($"{size,9:N0} {ns,9:F0} ns {bytes,3:F0} {nsUnknown,6:F0} ns {nsInput,11:F0} ns {bytesInput,3:F0} {nsSkewed,5:F0} ns {nsBrute,9:F0} ns {matches,8:F2}");
        }
        Console.WriteLine($"\n10 -> 10,000 rules: grows {first[10_000] / first[10]:F2} x");
        Text();
        Compile();
        if (args.Contains("--no-peers", StringComparer.Ordinal)) return 0;
        return await EvaluatorPeers.RunAsync(first[10_000]);
    }

    // From strings and a text, the way replay decides: 1,000 rules of which half look for words.
    private static void Text()
    {
        var random = new Random(EvaluatorWorkload.Seed);
        var words = Enumerable.Range(0, 400).Select(i => string.Create(CultureInfo.InvariantCulture, $"word{i}")).ToArray();
        var work = new EvaluatorWorkload(1_000, Cases);
        var bundle = work.Bundle with
        {
            Rules = [.. work.Bundle.Rules.Select((rule, i) => i % 2 == 0 ? rule : rule with { When = new All([new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of(EvaluatorWorkload.Actions[i % 4])), new Predicate(Operand.Text, Comparison.Contains, FeatureValue.Of(i % 4 == 1 ? words[random.Next(400)] : words[random.Next(400)] + " " + words[random.Next(400)]))]) })],
        };
        var inputs = work.Inputs.Select(input => input with
        {
            Proposed = new(EvaluatorWorkload.Actions[random.Next(4)]),
            Context = Context.Of(input.Context.Features, text: string.Join(' ', Enumerable.Range(0, 12).Select(_ => random.Next(3) == 0 ? words[random.Next(400)] : "something"))),
        }).ToArray();
        var evaluator = Evaluator.Compile(bundle);
        var (ns, bytes) = Measure((from, count) => ByInput(evaluator, inputs, from, count));
        Console.WriteLine($"1,000 rules, 12-word text, from DecisionInput: {ns:F0} ns ({1e9 / ns:N0} decisions/s), {bytes:F0} B");
    }

    private static void Compile()
    {
        var bundle = new EvaluatorWorkload(10_000, 1).Bundle;
        var bytes = BundleJson.Write(bundle);
        for (var i = 0; i < 5; i++) Evaluator.Compile(BundleJson.Read(bytes)); // tiers up
        var fromObject = Times(() => Evaluator.Compile(bundle));
        var fromBytes = Times(() => Evaluator.Compile(BundleJson.Read(bytes)));
        var write = Times(() => _ = BundleJson.Write(bundle));
        Console.WriteLine($"10,000 rules: compile {fromObject:F0} ms, from {bytes.Length / 1e6:F1} MB of canonical bytes {fromBytes:F0} ms, write {write:F0} ms (medians of 9)");

        static double Times(Action action) => Median([.. Enumerable.Range(0, 9).Select(_ =>
        {
            var start = Stopwatch.GetTimestamp();
            action();
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        })]);
    }

    private static bool Verify(EvaluatorWorkload work, Evaluator evaluator)
    {
        var count = Math.Clamp(4_000_000 / work.Bundle.Rules.Length, 20, Cases);
        var slots = EvaluatorWorkload.Slots(evaluator, work.Inputs[..count]);
        for (var i = 0; i < count; i++)
        {
            var expected = BruteForce.Decide(work.Bundle, work.Inputs[i]);
            if (expected == evaluator.Decide(work.Inputs[i]) && expected == evaluator.Decide(slots.AsSpan(i * evaluator.Slots.Count, evaluator.Slots.Count), null, 1)) continue;
            Console.Error.WriteLine($"case {i} of {work.Bundle.Rules.Length} rules differs from brute force: {expected}");
            return false;
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int BySlots(Evaluator evaluator, FeatureValue[] slots, int from, int count)
    {
        var (width, sum) = (evaluator.Slots.Count, 0);
        for (var i = from * width; i < (from + count) * width; i += width) sum += evaluator.Decide(slots.AsSpan(i, width), null, 1).Index;
        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ByInput(Evaluator evaluator, DecisionInput[] inputs, int from, int count)
    {
        var sum = 0;
        foreach (ref readonly var input in inputs.AsSpan(from, count)) sum += evaluator.Decide(input).Index;
        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ByBruteForce(Bundle bundle, DecisionInput[] inputs)
    {
        var sum = 0;
        foreach (ref readonly var input in inputs.AsSpan()) sum += BruteForce.Decide(bundle, input).Index;
        return sum;
    }

    // Short batches and their median: on a busy machine most batches run undisturbed. The first half of the time only warms up.
    private static (double Ns, double Bytes) Measure(Func<int, int, int> batch, int decisions = 250, double seconds = 0.6)
    {
        var started = Stopwatch.GetTimestamp();
        for (var from = 0; Stopwatch.GetElapsedTime(started).TotalSeconds < seconds; from = (from + decisions) % Cases) batch(from, decisions);
        var times = new List<double>(100_000);
        started = Stopwatch.GetTimestamp();
        var allocated = 0L;
        for (var from = 0; Stopwatch.GetElapsedTime(started).TotalSeconds < seconds; from = (from + decisions) % Cases)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            batch(from, decisions);
            times.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / decisions);
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        }
        return (Median([.. times]), (double)allocated / times.Count / decisions);
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
