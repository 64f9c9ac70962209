using System.Collections.Immutable;
using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.TestKit;

namespace Emend.Engine.Tests.Capturing;

/// <summary>A support desk's agent, and the use cases of intake on one store.</summary>
internal sealed class Desk(IWorkspaceStore store, TimeProvider clock)
{
    public static readonly Actor Importer = new("importer");

    /// <summary>2026-01-05 12:00 UTC, where the manual clock starts.</summary>
    public const long Noon = 1_767_614_400_000_000;

    public static AgentDefinition Agent { get; } = new()
    {
        Id = "router",
        Actions = ["billing", "cards", "fraud"],
        ActionRisk = ImmutableSortedDictionary<string, RiskClass>.Empty.Add("fraud", RiskClass.High),
        Envelope = new() { IsOpen = true },
    };

    public IWorkspaceStore Store => store;

    public Agents Agents { get; } = new(store);

    public static Desk InMemory(out MemoryStore store)
    {
        var clock = new ManualClock();
        store = new MemoryStore(clock);
        return new(store, clock);
    }

    public async Task<Desk> WithAgentAsync(AgentDefinition? agent = null)
    {
        Assert.IsType<Answer<AgentDefinition>.Granted>(await new AgentHandler(store, Agents).HandleAsync(new RegisterAgent(agent ?? Agent, Importer), default));
        return this;
    }

    public Task<Answer<AgentDefinition>> ChangeAsync(AgentDefinition agent) => new AgentHandler(store, Agents).HandleAsync(new ChangeAgent(agent, Importer), default);

    public Task<Acceptance[]> AcceptAsync(params Decision[] decisions) =>
        new AcceptBatch<Decision>(store, new AcceptDecisions(store, Agents, strict: false), clock).HandleAsync(decisions, Importer, default);

    public Task<Acceptance[]> AcceptAsync(params Correction[] corrections) =>
        new AcceptBatch<Correction>(store, new AcceptCorrections(store, Agents), clock).HandleAsync(corrections, Importer, default);

    public Task<Acceptance[]> AcceptAsync(params Outcome[] outcomes) =>
        new AcceptBatch<Outcome>(store, new AcceptOutcomes(store), clock).HandleAsync(outcomes, Importer, default);

    public Task<Answer<Standing>> RuleAsync(string decision, CorrectionVerdict verdict, string? action, string by) =>
        new RecordRulingHandler(store, Agents, clock).HandleAsync(new(decision, verdict, action is null ? null : new(action), "read the case again", new(by)), default);

    public Task<Answer<CorrectionFacts>> WithdrawAsync(string correction) =>
        new WithdrawCorrectionHandler(store, clock).HandleAsync(new(correction, "it was a mistake", new("lead")), default);

    public Standing? Standing(string decision) => new ListReviews(store).Of(decision);

    public string[] Cases(params string[] except) =>
        [.. new LearningCases(store, Agents).Read(Agents.Find("router")!, signals => signals.AsOf(long.MaxValue, except.ToHashSet(StringComparer.Ordinal))).Select(static c =>
            $"{c.Decision.Id} {c.Decision.Context.Text} {c.Decision.Proposed} -> {c.Ruling.Truth} {c.Ruling.IsWrong} {string.Join('+', c.Ruling.Corrections)} {string.Join('+', c.Ruling.Submitters)} {c.Ruling.By} {c.Ruling.Why} {c.Ruling.At}")];

    public static Decision Decision(string id, string action = "billing", string args = "{}", long at = Noon, string? subject = null) => new()
    {
        Id = id,
        OccurredAt = at,
        Agent = "router",
        Context = Context.Of([new("vip", FeatureValue.Of(true)), new("n", FeatureValue.Of(3))], "route", "where is my money " + id),
        Proposed = new(action, ActionArgs.Parse(args)),
        Confidence = 0.5,
        Subject = subject,
    };

    public static Correction Correction(string decision, string? action, string by = "ann", long at = Noon + 60_000_000, CorrectionVerdict? verdict = null, string? key = null, string args = "{}", string? comment = null) =>
        CorrectionId.Sign(new()
        {
            Id = "",
            Key = key,
            DecisionId = decision,
            Verdict = verdict ?? (action is null ? CorrectionVerdict.Confirm : CorrectionVerdict.Modify),
            Action = action is null ? null : new(action, ActionArgs.Parse(args)),
            By = by,
            At = at,
            Comment = comment,
        });

    public static Outcome Truth(string decision, string action, long at = Noon + 1) => new() { DecisionId = decision, Metric = Outcome.Truth, Action = new(action), At = at };
}
