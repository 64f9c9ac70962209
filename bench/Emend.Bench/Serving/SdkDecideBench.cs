using System.Diagnostics;
using System.Globalization;
using Emend.Client;
using Emend.Engine;
using Emend.Engine.Journal;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.TestKit;

namespace Emend.Bench.Serving;

/// <summary>Asking the SDK what to do: the whole call, recording included, beside the bare evaluator in the same run.</summary>
internal sealed class SdkDecideBench : IBench
{
    private const int Cases = 1_000, Rules = 1_000, Bursts = 200, Burst = 1_000, Warmups = 200;

    public string Name => "sdk-decide";

    public string What => "ns and bytes of EmendClient.Decide, 1,000 rules with texts, every decision recorded, beside the evaluator alone";

    public async Task<int> RunAsync(string[] args)
    {
        using var folder = new TemporaryFolder();
        await using var engine = await EmendEngine.OpenAsync(new() { DataDirectory = Path.Combine(folder.Path, "data") }, CancellationToken.None);
        await SignCheckpoint.SignAsync(engine.Store, CancellationToken.None);
        var (bundle, inputs) = Workload();
        await new ReleaseWalk(engine.Store, engine.Ledger, bundle.Agent).ReleaseAsync(bundle);
        var options = new EmendClientOptions { Agent = bundle.Agent, StateFolder = Path.Combine(folder.Path, "agent"), Server = new("http://127.0.0.1:1"), SpoolBytes = 1L << 30 };
        options.ReleaseKeys.Add(engine.Publish.Verifier.ToString());
        options.JournalKeys.Add(await File.ReadAllTextAsync(engine.Store.Files.VerifierKey));
        await using var emend = EmendClient.Open(options, handler: new OneBundle(engine));
        if (!await emend.ApplyAsync((await engine.Publish.SignAsync(bundle.Agent, CancellationToken.None)).Note, CancellationToken.None)) return 1;

        var proposals = inputs.Select(static input => new Proposal(input.Context, input.Proposed) { Confidence = input.Confidence }).ToArray();
        var evaluator = Evaluator.Compile(bundle);
        for (var i = 0; i < Cases; i++)
        {
            var expected = evaluator.FinalAction(evaluator.Decide(inputs[i]), inputs[i].Proposed);
            if (emend.Decide(proposals[i]).Action?.Label == expected?.Label) continue;
            Console.WriteLine($"WRONG: case {i} differs from the evaluator");
            return 1;
        }
        // In turn, so that both meet the same machine, and in bursts, each written to the spool before the next: otherwise the queue
        // fills and dropping would be measured. A timer is read before and after each single decision; its own cost is in both figures.
        var (alone, whole) = (new List<long>(Bursts * Burst), new List<long>(Bursts * Burst));
        var (best, bestAlone, bytes, sink) = (double.MaxValue, double.MaxValue, long.MaxValue, 0);
        for (var burst = -Warmups; burst < Bursts; burst++)
        {
            bestAlone = Math.Min(bestAlone, Measure(i => evaluator.Decide(inputs[i % Cases]).Index, burst < 0 ? null : alone, ref sink, out _));
            best = Math.Min(best, Measure(i => emend.Decide(proposals[i % Cases]).ShareBp, burst < 0 ? null : whole, ref sink, out var allocated));
            bytes = Math.Min(bytes, allocated);
            while (emend.WaitingInMemory > 0) await Task.Delay(1);
        }
        GC.KeepAlive(sink);
        alone.Sort();
        whole.Sort();
        Console.WriteLine($"{Rules:N0} rules, 12-word texts, every decision recorded, one thread, {Bursts} bursts of {Burst:N0}");
        Console.WriteLine($"evaluator alone   p50 {Ns(alone, 0.5),6:F0} ns   p99 {Ns(alone, 0.99),6:F0} ns   fastest burst {bestAlone:F0} ns");
        Console.WriteLine($"EmendClient       p50 {Ns(whole, 0.5),6:F0} ns   p99 {Ns(whole, 0.99),6:F0} ns   fastest burst {best:F0} ns   {bytes / (double)Burst:F1} B a decision   {Ns(whole, 0.5) / Ns(alone, 0.5):F2} x the evaluator alone");
        var counts = emend.Counts;
        Console.WriteLine($"recorded {counts.Recorded:N0}, waiting on disk {counts.Waiting:N0}, dropped {counts.Dropped:N0}");
        return counts.Dropped == 0 && counts.Waiting == emend.WaitingByPlace ? 0 : 1;
    }

    private static double Ns(List<long> times, double share) => times[(int)(share * (times.Count - 1))] * 1e9 / Stopwatch.Frequency;

    private static double Measure(Func<int, int> call, List<long>? times, ref int sink, out long allocated)
    {
        var round = new long[Burst];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Burst; i++)
        {
            var start = Stopwatch.GetTimestamp();
            sink += call(i);
            round[i] = Stopwatch.GetTimestamp() - start;
        }
        var all = Stopwatch.GetTimestamp() - began;
        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        times?.AddRange(round);
        return all * 1e9 / Stopwatch.Frequency / Burst;
    }

    private static (Bundle Bundle, DecisionInput[] Inputs) Workload()
    {
#pragma warning disable CA5394 // Chance for a workload, not for secrets.
        var random = new Random(EvaluatorWorkload.Seed);
        var words = Enumerable.Range(0, 400).Select(static i => string.Create(CultureInfo.InvariantCulture, $"word{i}")).ToArray();
        var work = new EvaluatorWorkload(Rules, Cases);
        var bundle = work.Bundle with
        {
            Rules = Logic.Rules.Rule.Sort(work.Bundle.Rules.Select((rule, i) => i % 2 == 0 ? rule : rule with { When = new All([new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of(EvaluatorWorkload.Actions[i % 4])), new Predicate(Operand.Text, Comparison.Contains, FeatureValue.Of(words[random.Next(400)]))]) })),
        };
        var inputs = work.Inputs.Select(input => input with
        {
            Proposed = new(EvaluatorWorkload.Actions[random.Next(4)]),
            Context = Context.Of(input.Context.Features, text: string.Join(' ', Enumerable.Range(0, 12).Select(_ => random.Next(3) == 0 ? words[random.Next(400)] : "something"))),
        }).ToArray();
#pragma warning restore CA5394
        return (bundle, inputs);
    }

    private sealed class OneBundle(EmendEngine engine) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { Content = new ByteArrayContent(BundleJson.Write(engine.Ledger.Bundle(request.RequestUri!.Segments[^1])!)) });
    }
}
