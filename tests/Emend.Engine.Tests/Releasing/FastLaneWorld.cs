using Emend.Engine.Capturing;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Logic;
using Emend.Logic.Evaluation;
using Emend.TestKit;

namespace Emend.Engine.Tests.Releasing;

/// <summary>An engine of its own with an agent whose change envelope is open, and people who correct it one decision at a time.</summary>
internal sealed class FastLaneWorld : IAsyncDisposable
{
    public const string Agent = "router";
    public static readonly Actor Person = new("mira");

    private readonly TemporaryFolder _folder;

    private FastLaneWorld(TemporaryFolder folder, EmendEngine engine, ManualClock clock) => (_folder, Engine, Clock) = (folder, engine, clock);

    public EmendEngine Engine { get; private set; }

    public ManualClock Clock { get; }

    public AgentBoard Board => Engine.Ledger.Board(Agent);

    public static async Task<FastLaneWorld> OpenAsync(Func<AgentDefinition, AgentDefinition>? with = null, int decisions = 150)
    {
        var folder = new TemporaryFolder();
        var clock = new ManualClock();
        var world = new FastLaneWorld(folder, await EmendEngine.OpenAsync(new() { DataDirectory = Path.Combine(folder.Path, "data"), Clock = clock }, default), clock);
        var agent = new AgentDefinition { Id = Agent, Actions = ["a", "b", "c"], Envelope = new() { IsOpen = true } };
        Registry.Granted(await world.Engine.AgentHandler.HandleAsync(new RegisterAgent(with?.Invoke(agent) ?? agent, Person), default));
        // Some of the first kind, many of the second: what is corrected is a small part of the traffic.
        await world.DecideAsync([.. Enumerable.Range(0, 40).Concat(Enumerable.Range(100, decisions - 40)).Select(Decision)]);
        return world;
    }

    /// <summary>Every one about another case, in words of its own; the agent says <c>a</c>, from number 100 on <c>c</c>.</summary>
    public static Decision Decision(int number) => new()
    {
        Id = $"d-{number:000}",
        OccurredAt = 1_767_000_000_000_000 + (number * 60_000_000L),
        Agent = Agent,
        Context = Context.Of([new("topic", FeatureValue.Of("t" + (number % 5)))], "route", $"please look after case number {number} of mine"),
        Proposed = new(number < 100 ? "a" : "c"),
        Confidence = 0.7,
    };

    public async Task DecideAsync(params Decision[] decisions)
    {
        foreach (var batch in decisions.Chunk(500))
            Assert.All(await new AcceptBatch<Decision>(Engine.Store, new AcceptDecisions(Engine.Store, Engine.Agents, strict: false), Clock).HandleAsync(batch, Person, default), static one => Assert.Null(one.Why));
    }

    /// <summary>Somebody says what was right; null: what the agent said. Answers the correction's id.</summary>
    public async Task<string> CorrectAsync(int decision, string? right = "b", string by = "rosa")
    {
        var correction = CorrectionId.Sign(new()
        {
            Id = "",
            DecisionId = Decision(decision).Id,
            Verdict = right is null ? CorrectionVerdict.Confirm : CorrectionVerdict.Modify,
            Action = right is null ? null : new(right),
            By = by,
            At = Decision(decision).OccurredAt + 1_000_000,
        });
        Assert.Equal(AcceptanceKind.Accepted, (await new AcceptBatch<Correction>(Engine.Store, new AcceptCorrections(Engine.Store, Engine.Agents), Clock).HandleAsync([correction], Person, default)).Single().Kind);
        return correction.Id;
    }

    public Task<Answer<FastLaneRun>> RunAsync() => Engine.FastLane.RunAsync(Agent, default);

    public async Task<FastLaneRun> RunsAsync() => Registry.Granted(await RunAsync());

    /// <summary>What the bundle of the release under way does with a decision.</summary>
    public string? Act(int decision)
    {
        var logic = Evaluator.Compile(Engine.Ledger.Bundle(Board.Current!.Candidate)!);
        var input = new DecisionInput(Decision(decision).Context, Decision(decision).Proposed, 0.7, Decision(decision).OccurredAt);
        return logic.FinalAction(logic.Decide(input), input.Proposed)?.Label;
    }

    /// <summary>A candidate that a person built, evaluated and got approved, started as a release by another one.</summary>
    public async Task<Answer<ReleaseStarted>> StartByHandAsync()
    {
        var agent = Engine.Agents.Find(Agent)!;
        var digest = Registry.Granted(await Engine.Prepare.HandleAsync(new PrepareCandidate(Agent, new("ada")), default)).Digest;
        var snapshot = Engine.Snapshots.Of(digest)!;
        var inForce = new InForce(Engine.GoldenSets.Of(Agent).Digest);
        Registry.Granted(await Engine.Evaluate.HandleAsync(new(digest, new("ada")), agent, Engine.Source.GroundOf(snapshot, Board.Served, Engine.Source.Cases(snapshot)), new(), default));
        Registry.Granted(await Engine.Approve.HandleAsync(new(digest, AcceptsUnproven: true, "read it", Person), agent, inForce, default));
        return await Engine.Start.HandleAsync(new(Agent, digest, ReleasePolicy.Default, new("olu")), inForce, default);
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _folder.Dispose();
    }
}
