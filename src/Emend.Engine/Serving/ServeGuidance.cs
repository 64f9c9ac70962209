using System.Collections.Concurrent;
using Emend.Engine.Access;
using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Logic;
using Emend.Logic.Guidance;

namespace Emend.Engine.Serving;

/// <summary>The case does not fit what its agent declares.</summary>
internal sealed record GuidanceCaseIsWrong(string Problems) : Refusal("guidance.case-wrong", Problems);

/// <summary>Asks for the guidance an agent is served for a case.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Query">The case.</param>
/// <param name="By">Who asks.</param>
internal sealed record AskForGuidance(string Agent, GuidanceQuery Query, Actor By)
{
    /// <summary>The decision it is for: what was shown is recorded under this id. Null: nothing is recorded.</summary>
    public string? Decision { get; init; }
}

/// <summary>Answers from the bundle that decides for the same unit, as an agent with the bundle in its process would. The index of a bundle is built once.</summary>
internal sealed class ServeGuidanceHandler(Agents agents, ReleaseLedger ledger, ServableBundles bundles, GuidanceExposures exposures, TimeProvider clock)
{
    private const int Kept = 64;

    private readonly ConcurrentDictionary<string, GuidanceIndex> _indexes = new(StringComparer.Ordinal);

    /// <summary>Answers, and records what was shown where the decision is named.</summary>
    public async Task<Answer<GuidanceAnswer>> HandleAsync(AskForGuidance ask, CancellationToken cancel)
    {
        if (ask.By.Lacks(Permission.DecisionRecord) is { } no) return no;
        if (agents.Find(ask.Agent) is not { } agent) return new AgentIsUnknown(ask.Agent);
        var problems = new List<string>();
        // What is required of a decision need not be known before it.
        var context = ContextTyping.Apply(ask.Query.Context, agent.Schema with { Features = [.. agent.Schema.Features.Select(static f => f with { Required = false })] }, problems);
        if (problems.Count > 0) return new GuidanceCaseIsWrong(string.Join('\n', problems));
        var answer = IndexOf(agent.Id, ask.Query.Unit)?.For(ask.Query with { Context = context, At = ask.Query.At == 0 ? Microseconds.Of(clock.GetUtcNow()) : ask.Query.At }) ?? GuidanceAnswer.None;
        ServingTelemetry.Guided.Add(1, new KeyValuePair<string, object?>("result", answer.Items.IsEmpty ? "nothing" : "items"));
        if (ask.Decision is { } decision) await exposures.RecordAsync([new(decision, agent.Id, answer.Exposure)], ask.By, cancel).ConfigureAwait(false);
        return answer;
    }

    /// <summary>The guidance an agent is served for a unit, of the bundle that decides for it; null while nothing is released, nothing that is may act, or the kill switch is on.</summary>
    public GuidanceIndex? IndexOf(string agent, string? unit)
    {
        var board = ledger.Board(agent);
        if (board.IsKilled) return null;
        var isCanary = unit is not null && board.Current is { } release && release.Share != TrafficShare.Shadow && Assignment.IsIn(release.Salt, unit, release.Share.BasisPoints);
        return (isCanary ? Of(board.Current!.Candidate) : null) ?? Of(bundles.StableOf(board));
    }

    private GuidanceIndex? Of(string? digest)
    {
        if (digest is null) return null;
        if (_indexes.TryGetValue(digest, out var known)) return known;
        if (bundles.Find(digest) is not { } bundle) return null;
        if (_indexes.Count >= Kept) _indexes.Clear();
        return _indexes[digest] = GuidanceIndex.Of(bundle, digest);
    }
}
