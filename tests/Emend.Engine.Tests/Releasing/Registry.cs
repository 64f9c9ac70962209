using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Golden;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Logic;
using Emend.TestKit;
using static Emend.Engine.Tests.Evaluating.Cases;

namespace Emend.Engine.Tests.Releasing;

/// <summary>A workspace with the use cases of releasing at hand, and a history on which topic x wants b.</summary>
internal sealed class Registry : IAsyncDisposable
{
    public static readonly Actor Author = new("ana"), Approver = new("bo"), Second = new("cleo"), Operator = new("otto"), Watch = Actor.Policy("watch");

    private readonly WorkspaceFixture _at;

    public Registry(WorkspaceFixture at) => _at = at;

    public AgentDefinition Agent { get; init; } = new() { Id = "router" };

    public ReleasePolicy Steps { get; init; } = ReleasePolicy.Default with { MinJudged = 0, MinExposed = 1 };

    public WorkspaceFixture At => _at;
    public ManualClock Clock => _at.Clock;
    public ReleaseLedger Ledger => new(_at.Store, _at.Clock);
    public GoldenSets Golden => new(_at.Store);
    public AgentBoard Board => Ledger.Board(Agent.Id);
    public InForce InForce => new(Golden.Of(Agent.Id).Digest);

    public static async Task<Registry> OpenAsync(AgentDefinition? agent = null, ReleasePolicy? steps = null)
    {
        var at = await WorkspaceFixture.OpenAsync(new ReleasingProjection(), new GoldenProjection(), new ExposureProjection(), new ManifestProjection());
        var registry = new Registry(at);
        return new(at) { Agent = agent ?? registry.Agent, Steps = steps ?? registry.Steps };
    }

    public static IEnumerable<ReplayCase> History()
    {
        for (var i = 0; i < 60; i++) yield return Known(i, "a", "x", "b");
        for (var i = 60; i < 1_000; i++) yield return Known(i, "a", "y", "a");
    }

    public Task<Answer<string>> RegisterAsync(Bundle bundle, params string[] submitters) =>
        new RegisterCandidateHandler(Ledger).HandleAsync(new(bundle, submitters.Length == 0 ? ["rosa", "sam"] : [.. submitters], Author), CancellationToken.None);

    public Task<Answer<EvaluationReport>> EvaluateAsync(string digest, Func<EvaluateCandidate, EvaluateCandidate>? with = null)
    {
        var ask = new EvaluateCandidate(digest, Author);
        return new EvaluateCandidateHandler(Ledger, Golden).HandleAsync(with?.Invoke(ask) ?? ask, Agent, new(History, [], null), new(), CancellationToken.None);
    }

    public Task<Answer<CandidateApproved>> ApproveAsync(string digest, Actor by, bool acceptsUnproven = false) =>
        new ApproveCandidateHandler(Ledger, new(_at.Store), new(_at.Store)).HandleAsync(new(digest, acceptsUnproven, "looks right", by), Agent, InForce, CancellationToken.None);

    public Task<Answer<ReleaseStarted>> StartAsync(string digest, Actor? by = null) =>
        new StartReleaseHandler(Ledger).HandleAsync(new(Agent.Id, digest, Steps, by ?? Operator), InForce, CancellationToken.None);

    public Task<Answer<ReleaseAdvanced>> AdvanceAsync(IEnumerable<Judgement>? judgements = null, bool withoutProof = true, Actor? by = null) =>
        new AdvanceReleaseHandler(Ledger).HandleAsync(new(Agent.Id, withoutProof, by ?? Operator), release => new ReleaseAnalysis(_at.Store).Of(release, judgements ?? []), CancellationToken.None);

    public Task<Answer<RolledBack>> RollBackAsync(Actor? by = null, string why = "it hurts") =>
        new RollBackHandler(Ledger).HandleAsync(new(Agent.Id, why, by ?? Operator), CancellationToken.None);

    public Task<Answer<KillSwitchTurned>> KillAsync(bool on, Actor? by = null) =>
        new TurnKillSwitchHandler(Ledger).HandleAsync(new(Agent.Id, on, "drill", by ?? Operator), CancellationToken.None);

    public Task<ServedSummary> ServeAsync(IEnumerable<Decision> decisions, Action<ServedDecision>? served = null) =>
        new ServeDecisionsHandler(_at.Store, Ledger, new(_at.Store, Ledger, Clock), Clock).HandleAsync(new(decisions, Operator) { Served = served }, CancellationToken.None);

    public WatchReleases Watcher => new(Ledger, new(_at.Store), new(Ledger), Clock);

    /// <summary>Registers, evaluates and approves a bundle; answers its digest.</summary>
    public async Task<string> ApprovedAsync(Bundle bundle)
    {
        var digest = Granted(await RegisterAsync(bundle));
        Granted(await EvaluateAsync(digest));
        var approval = Granted(await ApproveAsync(digest, Approver, acceptsUnproven: true));
        if (!approval.IsComplete) Granted(await ApproveAsync(digest, Second, acceptsUnproven: true));
        return digest;
    }

    public static T Granted<T>(Answer<T> answer) => answer is Answer<T>.Refused(var why) ? throw new Xunit.Sdk.XunitException($"refused: {why.Code}: {why.Message}") : ((Answer<T>.Granted)answer).Value;

    public static string RefusedAs<T>(Answer<T> answer) => Assert.IsType<Answer<T>.Refused>(answer).Why.Code;

    public ValueTask DisposeAsync() => _at.DisposeAsync();
}
