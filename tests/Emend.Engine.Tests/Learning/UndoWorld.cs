using System.Globalization;
using Emend.Engine.Capturing;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Evaluating;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Logic;
using Emend.TestKit;

namespace Emend.Engine.Tests.Learning;

/// <summary>An engine of its own, and what was said in it: signals, builds and releases at the hand of a clock.</summary>
internal sealed class UndoWorld : IAsyncDisposable
{
    public const string Agent = "router";
    private static readonly Actor Author = new("ada"), Approver = new("mira"), Operator = new("olu");
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder;
    private int _files;

    private UndoWorld(TemporaryFolder folder, EmendEngine engine, ManualClock clock) => (_folder, Engine, Clock) = (folder, engine, clock);

    public EmendEngine Engine { get; }

    public ManualClock Clock { get; }

    public static async Task<UndoWorld> OpenAsync()
    {
        var folder = new TemporaryFolder();
        var clock = new ManualClock(Start.AddDays(30));
        var world = new UndoWorld(folder, await EmendEngine.OpenAsync(new() { DataDirectory = Path.Combine(folder.Path, "data"), Clock = clock }, default), clock);
        Take(await world.Engine.AgentHandler.HandleAsync(new RegisterAgent(new() { Id = Agent, Actions = ["a", "b", "c", "d"], Envelope = new() { IsOpen = true }, Guidance = new() { Learns = true } }, Author), default));
        return world;
    }

    /// <summary>A month of decisions: <c>old</c> is no action any more, topics tell what is right. The same whoever asks.</summary>
    public static IReadOnlyList<Decision> Decisions { get; } =
    [
        .. Enumerable.Range(0, 160).Select(static i => new Decision
        {
            Id = $"d-{i:000}",
            OccurredAt = Microseconds(Start.AddHours(i)),
            Agent = Agent,
            Context = Context.Of([new("topic", FeatureValue.Of(i % 2 == 0 ? "x" : "y")), new("n", FeatureValue.Of(i % 7))], "route", $"please look after case number {i} of mine"),
            Proposed = new(i % 8 < 2 ? "old" : "a"),
            Confidence = 0.5 + (i % 10 / 25.0),
        }),
    ];

    /// <summary>What people said: most of it right, some confirmed, two people agreeing on some, one mistaken.</summary>
    public static IReadOnlyList<Correction> Corrections { get; } =
    [
        .. Decisions.Take(120).SelectMany(static (d, i) => Said(d, i)),
    ];

    /// <summary>Accepts signals, in the order given, in batches of a size.</summary>
    public async Task ImportAsync(IEnumerable<Decision> decisions, IEnumerable<Correction> corrections, int batch = 64)
    {
        await ImportAsync(LogKind.Decisions, batch, log => { foreach (var one in decisions) log.Write(one); });
        await ImportAsync(LogKind.Corrections, batch, log => { foreach (var one in corrections) log.Write(one); });
    }

    public async Task<PreparedCandidate> BuildAsync() => Take(await Engine.Prepare.HandleAsync(new PrepareCandidate(Agent, Author), default));

    /// <summary>Evaluates, approves and releases to everybody a candidate that was built here.</summary>
    public async Task ReleaseAsync(string digest)
    {
        var agent = Engine.Agents.Find(Agent)!;
        var snapshot = Engine.Snapshots.Of(digest)!;
        var inForce = new InForce(Engine.GoldenSets.Of(Agent).Digest);
        Take(await Engine.Evaluate.HandleAsync(new EvaluateCandidate(digest, Author), agent, Engine.Source.GroundOf(snapshot, Engine.Ledger.Candidate(digest)!.Parent, Engine.Source.Cases(snapshot)), new(), default));
        Take(await Engine.Approve.HandleAsync(new ApproveCandidate(digest, AcceptsUnproven: true, "read", Approver), agent, inForce, default));
        Take(await Engine.Start.HandleAsync(new StartRelease(Agent, digest, ReleasePolicy.Default with { StepsBp = [0, 10_000], Soak = TimeSpan.Zero, MinExposed = 1, MinJudged = 0 }, Operator), inForce, default));
        await Engine.Serve.HandleAsync(new ServeDecisions([Probe(digest)], Operator), default);
        Take(await Engine.Advance.HandleAsync(new AdvanceRelease(Agent, WithoutProof: true, Operator), release => Engine.Analysis.Of(release, []), default));
    }

    /// <summary>Canonical bytes of what is served and of everything it descends from, the oldest first.</summary>
    public IReadOnlyList<string> Chain(string? digest)
    {
        var chain = new List<string>();
        for (; digest is not null; digest = Engine.Ledger.Candidate(digest)!.Parent) chain.Insert(0, System.Text.Encoding.UTF8.GetString(BundleJson.Write(Engine.Ledger.Bundle(digest)!)));
        return chain;
    }

    public static T Take<T>(Answer<T> answer) => answer is Answer<T>.Refused(var why) ? throw new Xunit.Sdk.XunitException($"refused: {why.Code}: {why.Message}") : ((Answer<T>.Granted)answer).Value;

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _folder.Dispose();
    }

    private static IEnumerable<Correction> Said(Decision decision, int i)
    {
        if (i % 3 == 2) yield break;
        var right = decision.Proposed.Label == "old" ? (i % 2 == 0 ? "b" : "c") : i == 42 ? "d" : null;
        yield return Of(decision, right, i % 5 < 3 ? "rosa" : "bo", 20);
        if (i % 9 == 0) yield return Of(decision, right, "ines", 50);
    }

    private static Correction Of(Decision decision, string? right, string by, int minutes) => CorrectionId.Sign(new()
    {
        Id = "",
        DecisionId = decision.Id,
        Verdict = right is null ? CorrectionVerdict.Confirm : CorrectionVerdict.Modify,
        Action = right is null ? null : new(right),
        By = by,
        At = decision.OccurredAt + (minutes * 60_000_000L),
    });

    // Nothing learned speaks of it: it changes nothing, it only is served.
    private static Decision Probe(string digest) => Decisions[0] with { Id = "probe-" + digest[7..15], Proposed = new("d"), Context = Context.Of([], "route", "a probe") };

    private async Task ImportAsync(LogKind kind, int batch, Action<LogWriter> write)
    {
        var path = Path.Combine(_folder.Path, string.Create(CultureInfo.InvariantCulture, $"{++_files}.jsonl"));
        await using (var stream = File.Create(path))
        {
            using var log = new LogWriter(stream);
            write(log);
        }
        Assert.False((await Engine.Import.RunAsync(kind, path, new("importer"), new() { BatchSize = batch }, null, default)).HasProblems);
    }

    private static long Microseconds(DateTimeOffset at) => FeatureValue.UnixMicroseconds(at);
}
