using Emend.Engine.Releasing;

namespace Emend.Engine.Observing;

/// <summary>
/// Looks at releases that the fast lane started and does what follows from their evidence: on, held, or back. Running it twice, or two of it
/// at once, does no harm: each fact is committed on the board it was decided on.
/// </summary>
internal sealed class CarryReleases(ReleaseLedger ledger, ReleaseAnalysis analysis)
{
    /// <summary>Looks at one agent; null when no automatic release is under way, or it changed while it was looked at.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="judgementsOf">What is known of a release's decisions, in any order.</param>
    /// <param name="cancel">Cancels.</param>
    public Task<CarriedRelease?> LookAsync(string agent, Func<Release, IEnumerable<Judgement>> judgementsOf, CancellationToken cancel) => LookAsync(agent, judgementsOf, null, cancel);

    /// <summary>Looks at one agent; null when no automatic release is under way, or it changed while it was looked at.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="judgementsOf">What is known of a release's decisions, in any order.</param>
    /// <param name="guard">One more guard metric than the release's policy names; null: none.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<CarriedRelease?> LookAsync(string agent, Func<Release, IEnumerable<Judgement>> judgementsOf, WatchedMetric? guard, CancellationToken cancel)
    {
        if (ledger.Board(agent).Current is not { IsAutomatic: true } release) return null;
        using var activity = ObservingTelemetry.Source.StartActivity("carry");
        var evidence = analysis.Of(release, judgementsOf(release), guard);
        Refusal? hold = null;
        var answer = await ledger.ChangeAsync<ReleaseFact>(agent, null, RunFastLane.Policy, (now, by, at) =>
        {
            // What was gathered speaks of the release as it was; of what it has become meanwhile nothing is known yet.
            if (now.Board.Current is not { } current || current with { HeldFor = release.HeldFor } != release) return new NothingIsReleasing(agent);
            hold = (AdvanceRelease.Decide(now, evidence, new(agent, WithoutProof: false, RunFastLane.Policy), by, at) as Answer<ReleaseAdvanced>.Refused)?.Why;
            return CarryRelease.Decide(now, evidence, new(agent), by, at);
        }, cancel).ConfigureAwait(false);
        var carried = answer switch
        {
            Answer<ReleaseFact>.Granted(ReleaseAdvanced advanced) => new CarriedRelease(release, evidence, CarryOutcome.Advanced, advanced.To, null),
            Answer<ReleaseFact>.Granted(RolledBack back) => new(release, evidence, CarryOutcome.TakenBack, TrafficShare.Shadow, back.Why),
            _ when hold is not null => new(release, evidence, CarryOutcome.Held, release.Share, hold.Message),
            _ => null,
        };
        if (carried is null) return null;
        ObservingTelemetry.Carried.Add(1, new KeyValuePair<string, object?>("result", Word(carried.Outcome)));
        if (carried.Outcome == CarryOutcome.TakenBack) ObservingTelemetry.TakenBack.Add(1);
        return carried;
    }

    private static string Word(CarryOutcome outcome) => outcome switch { CarryOutcome.Advanced => "advanced", CarryOutcome.TakenBack => "taken-back", _ => "held" };
}
