using Emend.Logic;
using System.Collections.Concurrent;
using Emend.Engine.Evaluating.Replay;
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
internal sealed class ServeDecisionsHandler(IWorkspaceStore store, ReleaseLedger ledger, TimeProvider clock)
{
    private const int Batch = 256;

    private readonly ConcurrentDictionary<string, CompiledPolicy> _compiled = new(StringComparer.Ordinal);

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

    /// <summary>What an agent is served now. Bundles are compiled once and kept while a board names them.</summary>
    public ServingPlan PlanOf(string agent)
    {
        var board = ledger.Board(agent);
        return new(board, Compiled(board.Served, board.Suspended.Ids), Compiled(board.Current?.Candidate, board.Suspended.Ids), board.HoldbackBp > 0 ? Guardrails(board.Served) : null);
    }

    private CompiledPolicy? Compiled(string? digest, IReadOnlyCollection<string> suspended) =>
        Compiled(digest, suspended.Count == 0 ? "" : "\n" + string.Join('\n', suspended), bundle => Suspension.Apply(bundle, suspended));

    private CompiledPolicy? Guardrails(string? digest) => Compiled(digest, "\tguardrails", Suspension.OnlyGuardrails);

    private CompiledPolicy? Compiled(string? digest, string variant, Func<Bundle, Bundle> acting)
    {
        if (digest is null) return null;
        if (_compiled.TryGetValue(digest + variant, out var known)) return known;
        var bundle = ledger.Bundle(digest) ?? throw new InvalidDataException($"bundle {digest} is served but not in the registry");
        return _compiled[digest + variant] = new(acting(bundle));
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
