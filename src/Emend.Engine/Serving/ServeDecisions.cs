using Emend.Logic;
using System.Collections.Concurrent;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;

namespace Emend.Engine.Serving;

/// <summary>Asks to run a stream of decisions through what their agents are served, and to record who was served what.</summary>
internal sealed record ServeDecisions(IEnumerable<Decision> Decisions, Actor By)
{
    /// <summary>Told what was done with each decision once that is durable.</summary>
    public Action<ServedDecision>? Served { get; init; }
}

/// <summary>What serving a stream came to.</summary>
/// <param name="Decisions">Decisions served.</param>
/// <param name="Changed">Of those, how many got something else than the agent proposed.</param>
/// <param name="Canary">Of those, how many the candidate decided.</param>
/// <param name="Shadow">Of those, on how many the candidate was computed beside.</param>
/// <param name="ShadowDiffers">Of those, how many the candidate would have decided otherwise.</param>
/// <param name="AlreadyServed">Decisions that had been served before; what was recorded then stays.</param>
internal sealed record ServedSummary(long Decisions, long Changed, long Canary, long Shadow, long ShadowDiffers, long AlreadyServed)
{
    /// <summary>Of two streams together.</summary>
    public static ServedSummary operator +(ServedSummary a, ServedSummary b) => new(
        a.Decisions + b.Decisions, a.Changed + b.Changed, a.Canary + b.Canary, a.Shadow + b.Shadow, a.ShadowDiffers + b.ShadowDiffers, a.AlreadyServed + b.AlreadyServed);
}

/// <summary>Serves in batches: one journal entry and one transaction each. A new board takes effect with the next batch.</summary>
internal sealed class ServeDecisionsHandler(IWorkspaceStore store, ReleaseLedger ledger, ServableBundles bundles, TimeProvider clock)
{
    private const int Batch = 256;

    private readonly ConcurrentDictionary<string, ActingBundle> _compiled = new(StringComparer.Ordinal);

    public async Task<ServedSummary> HandleAsync(ServeDecisions ask, CancellationToken cancel)
    {
        using var activity = ServingTelemetry.Source.StartActivity("serve");
        var sum = new ServedSummary(0, 0, 0, 0, 0, 0);
        foreach (var batch in ask.Decisions.Chunk(Batch))
        {
            var plans = new Dictionary<string, ServingPlan>(StringComparer.Ordinal);
            var served = new List<ServedDecision>(batch.Length);
            foreach (var decision in batch.DistinctBy(static decision => decision.Id, StringComparer.Ordinal))
            {
                if (!plans.TryGetValue(decision.Agent, out var plan)) plans[decision.Agent] = plan = PlanOf(decision.Agent);
                served.Add(plan.Decide(decision));
            }
            var fresh = await ExposureJournal.RecordAsync(store, served, ask.By, Microseconds.Of(clock.GetUtcNow()), cancel).ConfigureAwait(false);
            foreach (var one in fresh) ask.Served?.Invoke(one);
            sum = Add(sum, fresh) with { AlreadyServed = sum.AlreadyServed + batch.Length - fresh.Count };
        }
        activity?.SetTag("emend.decisions", sum.Decisions);
        return sum;
    }

    /// <summary>
    /// What an agent is served now. Bundles are compiled once. Where what is served to everybody may not act, what was served before it
    /// does, and nothing when that may not either; where the candidate may not, nobody is on its side.
    /// </summary>
    public ServingPlan PlanOf(string agent)
    {
        var board = ledger.Board(agent);
        var stable = Acting(bundles.StableOf(board), board);
        if (!string.Equals(stable?.Digest, board.Served, StringComparison.Ordinal)) ServingTelemetry.Unusable.Add(1, new KeyValuePair<string, object?>("instead", stable is null ? "proposal" : "previous"));
        var guardrails = stable is not null && board.HoldbackBp > 0 ? Compiled(stable.Digest, "\tguardrails", Suspension.OnlyGuardrails) : null;
        return new(board, stable, Acting(board.Current?.Candidate, board), guardrails);
    }

    private ActingBundle? Acting(string? digest, AgentBoard board)
    {
        var suspended = board.Suspended.Ids;
        return Compiled(digest, suspended.Length == 0 ? "" : "\n" + string.Join('\n', suspended), bundle => Suspension.Apply(bundle, suspended));
    }

    private ActingBundle? Compiled(string? digest, string variant, Func<Bundle, Bundle> acting)
    {
        if (digest is null) return null;
        if (_compiled.TryGetValue(digest + variant, out var known)) return known;
        return bundles.Find(digest) is not { } bundle ? null : _compiled[digest + variant] = new(digest, new(acting(bundle)));
    }

    private static ServedSummary Add(ServedSummary sum, IReadOnlyList<ServedDecision> served)
    {
        var (canary, shadow) = (served.Count(static one => one.Arm == Arm.Canary), served.Count(static one => one.Arm == Arm.Shadow));
        ServingTelemetry.Served.Add(canary, new KeyValuePair<string, object?>("arm", "canary"));
        var heldBack = served.Count(static one => one.Arm == Arm.Holdback);
        if (heldBack > 0) ServingTelemetry.Served.Add(heldBack, new KeyValuePair<string, object?>("arm", "holdback"));
        ServingTelemetry.Served.Add(served.Count - canary - heldBack, new KeyValuePair<string, object?>("arm", "stable"));
        return sum with
        {
            Decisions = sum.Decisions + served.Count,
            Changed = sum.Changed + served.Count(static one => one.IsChanged),
            Canary = sum.Canary + canary,
            Shadow = sum.Shadow + shadow,
            ShadowDiffers = sum.ShadowDiffers + served.Count(static one => one.ShadowDiffers),
        };
    }
}
