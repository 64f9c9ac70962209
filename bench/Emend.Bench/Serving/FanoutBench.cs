using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Emend.Client;
using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;
using Emend.TestKit;

namespace Emend.Bench.Serving;

/// <summary>From a release step on the server to its effect in agents that listen on loopback: verified and swapped in, not merely received.</summary>
internal sealed class FanoutBench : IBench
{
    private const int Rules = 200;

    public string Name => "fanout";

    public string What => "ms from a release step to applied, with 1 and with 1,000 SDK clients on server-sent events (options: --clients N --steps N)";

    public async Task<int> RunAsync(string[] args)
    {
        var many = Option(args, "--clients", 1_000);
        var steps = Option(args, "--steps", 20);
        Console.WriteLine("state folders in memory where the system has /dev/shm: a thousand agents have a thousand disks, not one");
        Console.WriteLine($"bundle of {Rules} rules; server and clients share this machine's {Environment.ProcessorCount} cores; each client verifies, swaps and saves");
        var one = await MeasureAsync(1, steps * 10);
        var all = await MeasureAsync(many, steps);
        Console.WriteLine($"{"clients",8} {"steps",6} {"p50",9} {"p99",9} {"slowest",9}   last of all: p50");
        foreach (var (clients, count, times, last) in new[] { one, all })
            Console.WriteLine($"{clients,8:N0} {count,6} {At(times, 0.5),6:F1} ms {At(times, 0.99),6:F1} ms {times[^1],6:F1} ms   {At(last, 0.5),6:F1} ms");
        Console.WriteLine($"{many:N0} clients against one: p99 {At(all.Times, 0.99) / At(one.Times, 0.99):F1} x");
        return one.Times.Count == steps * 10 && all.Times.Count == many * steps ? 0 : 1;
    }

    private static async Task<(int Clients, int Steps, List<double> Times, List<double> Last)> MeasureAsync(int clients, int steps)
    {
        var states = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"emend-fanout-{Environment.ProcessId}-{clients}")).FullName;
        await using var server = await ServerFixture.StartAsync();
        var engine = await server.EngineAsync();
        await SignCheckpoint.SignAsync(engine.Store, CancellationToken.None);
        var walk = new ReleaseWalk(engine.Store, engine.Ledger, "router");
        await walk.ReleaseAsync(new Bundle { Agent = "router", Rules = Rule.Sort(Enumerable.Range(0, Rules).Select(Override)) });
        var key = server.Key("agents", [Role.Agent], isService: true).Text;
        using var sockets = new SocketsHttpHandler();
        var emends = new List<EmendClient>(clients);
        var seen = new ConcurrentQueue<(long Counter, long At)>();
        try
        {
            for (var i = 0; i < clients; i++)
            {
                var options = new EmendClientOptions { Agent = "router", Server = server.Address, ApiKey = key, StateFolder = Path.Combine(states, i.ToString(CultureInfo.InvariantCulture)), QueuedDecisions = 16, RememberedDecisions = 0 };
                options.ReleaseKeys.Add(engine.Publish.Verifier.ToString());
                options.JournalKeys.Add(await File.ReadAllTextAsync(engine.Store.Files.VerifierKey));
                var emend = EmendClient.Open(options, handler: sockets);
                emend.LogicChanged += (_, _) => seen.Enqueue((emend.ReleaseCounter, Stopwatch.GetTimestamp()));
                emend.Start();
                emends.Add(emend);
            }
            await Task.WhenAll(emends.Select(static emend => emend.WaitForLogicAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token)));
            var (times, last) = (new List<double>(clients * steps), new List<double>(steps));
            // One step to warm up.
            for (var step = -1; step < steps; step++)
            {
                seen.Clear();
                var start = Stopwatch.GetTimestamp();
                await walk.KillAsync(on: step % 2 != 0);
                var counter = walk.Board.Counter;
                using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
                while (seen.Count(one => one.Counter == counter) < clients) await Task.Delay(5, patience.Token);
                if (step < 0) continue;
                var round = seen.Where(one => one.Counter == counter).Select(one => Stopwatch.GetElapsedTime(start, one.At).TotalMilliseconds).ToList();
                times.AddRange(round);
                last.Add(round.Max());
            }
            times.Sort();
            last.Sort();
            return (clients, steps, times, last);
        }
        finally
        {
            foreach (var emend in emends) await emend.DisposeAsync();
            Directory.Delete(states, recursive: true);
        }
    }

    private static Rule Override(int i) => new()
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"r-{i:000}"),
        When = new Predicate(Operand.Feature("topic"), Comparison.Eq, FeatureValue.Of("topic-" + i.ToString(CultureInfo.InvariantCulture))),
        Effect = RuleEffect.Override,
        Action = "b",
    };

    private static double At(List<double> sorted, double share) => sorted[(int)(share * (sorted.Count - 1))];

    private static int Option(string[] args, string name, int otherwise) => Array.IndexOf(args, name) is >= 0 and var at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
