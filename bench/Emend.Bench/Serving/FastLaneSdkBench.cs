using System.Diagnostics;
using System.Globalization;
using Emend.Client;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Logic;
using Emend.TestKit;
using ClientCorrection = Emend.Client.Correction;
using ClientVerdict = Emend.Client.CorrectionVerdict;

namespace Emend.Bench.Serving;

/// <summary>
/// From a correction handed to the SDK to another answer of the SDK: spooled to disk, sent over HTTP, accepted, remembered, put through the gates on the
/// whole history, released, signed, streamed back, verified and swapped in. Beside it, in the same run, the time from the accepted correction on: what the way there and back costs.
/// </summary>
internal sealed class FastLaneSdkBench : IBench
{
    private const string Agent = "bench";

    public string Name => "fastlane-sdk";

    public string What => "correction submitted -> behaviour changed in the SDK, on N decisions of history, K corrections: [100000] [40]";

    public async Task<int> RunAsync(string[] args)
    {
        int Arg(int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
        var (count, corrections) = (Arg(0, 100_000), Arg(1, 40));
        using var folder = new TemporaryFolder();
        await using var server = await ServerFixture.StartAsync();
        var engine = await server.EngineAsync();
        await SignCheckpoint.SignAsync(engine.Store, CancellationToken.None);
        await FillAsync(engine, count);
        var told = Stopwatch.GetTimestamp();
        engine.FastLane.Ran = (_, answer) => told = answer is Answer<FastLaneRun>.Granted { Value.Outcome: not FastLaneOutcome.NothingNew } ? Stopwatch.GetTimestamp() : told;
        engine.FastLane.Failed = static (_, fault) => Console.WriteLine($"the fast lane failed: {fault.Message}");
        engine.FastLane.Follow();
        await engine.FastLane.SettledAsync();

        var options = new EmendClientOptions { Agent = Agent, Server = server.Address, ApiKey = server.Key("bench", [Role.Agent, Role.Submitter], isService: true).Text, StateFolder = Path.Combine(folder.Path, "agent"), RecordedShare = 0 };
        options.ReleaseKeys.Add(engine.Publish.Verifier.ToString());
        options.JournalKeys.Add(await File.ReadAllTextAsync(engine.Store.Files.VerifierKey));
        await using var emend = EmendClient.Open(options);
        emend.Start();
        await emend.WaitForLogicAsync();

        var (whole, server_) = (new List<double>(), new List<double>());
        var missed = 0;
        for (var i = -1; i < corrections; i++)
        {
            var number = (count / 2) + i + 1;
            // Somebody on the canary's side: a tenth of the units goes on as before, to compare with.
            var proposal = Proposal(number);
            var start = Stopwatch.GetTimestamp();
            await emend.CorrectAsync(new ClientCorrection { DecisionId = Decision(number).Id, Verdict = ClientVerdict.Modify, Action = new("d"), By = "rosa" });
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (!Acts(emend, proposal) && !patience.IsCancellationRequested) await Task.Delay(1);
            var took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (patience.IsCancellationRequested) missed++;
            if (i < 0)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the first, from cold: {took:F0} ms"));
                continue;
            }
            whole.Add(took);
            server_.Add(Math.Max(0, Stopwatch.GetElapsedTime(start, told).TotalMilliseconds));
            await engine.FastLane.SettledAsync();
        }
        whole.Sort();
        server_.Sort();
        double At(List<double> sorted, double share) => sorted[(int)(share * (sorted.Count - 1))];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"fastlane-sdk, {count:N0} decisions of history, {corrections} corrections: p50 {At(whole, 0.5):F0} ms, p99 {At(whole, 0.99):F0} ms; until the engine was done p50 {At(server_, 0.5):F0} ms: the way back is {At(whole, 0.5) / Math.Max(1, At(server_, 0.5)):F2} x; {missed} did not act"));
        return missed == 0 ? 0 : 1;
    }

    private static bool Acts(EmendClient emend, Proposal proposal)
    {
        for (var unit = 0; unit < 8; unit++)
            if (emend.Decide(proposal with { Subject = string.Create(CultureInfo.InvariantCulture, $"probe-{unit}") }).Action?.Label == "d") return true;
        return false;
    }

    private static async Task FillAsync(EmendEngine engine, int count)
    {
        var actor = new Actor("filler");
        await engine.AgentHandler.HandleAsync(new RegisterAgent(new() { Id = Agent, Actions = ["a", "b", "c", "d"], Envelope = new() { IsOpen = true, MaxDecisionsPerDay = count } }, actor), default);
        foreach (var batch in Enumerable.Range(0, count).Chunk(1_000))
            await new AcceptBatch<Decision>(engine.Store, new AcceptDecisions(engine.Store, engine.Agents, strict: false), engine.Clock).HandleAsync([.. batch.Select(Decision)], actor, default);
    }

    private static Decision Decision(int i) => new()
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"d-{i:0000000}"),
        OccurredAt = 1_767_000_000_000_000 + (i * 1_000_000L),
        Agent = Agent,
        Context = Case(i),
        Proposed = new(((string[])["a", "b", "c"])[i % 3]),
        Confidence = 0.7,
        Subject = "cust-" + (i % 20_000),
    };

    private static Proposal Proposal(int i) => new(Case(i), Decision(i).Proposed) { Confidence = 0.7 };

    private static Context Case(int i) => Context.Of(
        [new("amount", FeatureValue.Of(i % 997)), new("channel", FeatureValue.Of(i % 3 == 0 ? "mail" : "chat")), new("country", FeatureValue.Of("c" + (i % 40))), new("vip", FeatureValue.Of(i % 11 == 0))],
        "route",
        $"dear desk, please look after order {i} of mine, it came {i % 9} days late and the box was open when I got it");
}
