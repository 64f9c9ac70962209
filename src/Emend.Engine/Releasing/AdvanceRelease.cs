using Emend.Engine.Access;

namespace Emend.Engine.Releasing;

/// <summary>Asks to take a release to its next step. No data never promotes.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="WithoutProof">A person takes the last step although the candidate is not shown to be harmless yet.</param>
/// <param name="By">Who asks.</param>
internal sealed record AdvanceRelease(string Agent, bool WithoutProof, Actor By)
{
    /// <summary>What the person saw (<see cref="Releasing.Shown"/>); something else by now refuses. Null: whatever is there.</summary>
    public string? Shown { get; init; }

    internal static Answer<ReleaseAdvanced> Decide(ReleaseView now, ReleaseEvidence evidence, AdvanceRelease ask, string by, long at)
    {
        if (now.Board.Current is not { } release) return new NothingIsReleasing(ask.Agent);
        if (ask.Shown is { } shown && !string.Equals(shown, Releasing.Shown.Of(now), StringComparison.Ordinal)) return new ShownIsStale();
        if (now.Board.IsKilled) return new KillSwitchIsOn(ask.Agent);
        if (release.IsPaused) return new ReleaseIsPaused(release.Id);
        var policy = release.Policy;
        if (evidence.Rollback.Demands(policy.RollbackAlpha)) return new GuardIsRed(Math.Exp(evidence.Rollback.HighestLog), 1 / policy.RollbackAlpha);
        var soakEnds = release.StepStartedAt + (long)policy.Soak.TotalMicroseconds;
        if (at < soakEnds) return new StillSoaking(TimeSpan.FromMicroseconds(soakEnds - at));
        if (evidence.Rollback.IsAlarming(policy.RollbackAlpha)) return new GuardIsAlarming(Math.Exp(evidence.Rollback.Log));
        if (evidence.ExposedAtStep < policy.MinExposed) return new NoDataYet(evidence.ExposedAtStep, policy.MinExposed, "decisions by the candidate");
        // In the shadow nothing of the candidate's reaches the world, so nothing of it can be judged there.
        if (release.Share > TrafficShare.Shadow && evidence.Judged < policy.MinJudged) return new NoDataYet(evidence.Judged, policy.MinJudged, "decisions by the candidate with a known outcome");

        var to = policy.After(release.Share) ?? TrafficShare.Full;
        var proven = evidence.Promotion.Allows(policy.PromotionAlpha);
        if (to == TrafficShare.Full && !proven && (ask.By.IsPolicy || ask.By.IsService || !ask.WithoutProof))
            return new NotShownHarmless(Math.Exp(evidence.Promotion.HighestLog), 1 / policy.PromotionAlpha);
        return new ReleaseAdvanced(ask.Agent, by, at, release.Id, release.Candidate, release.Replaces, release.Share, to, proven) { Evidence = EvidenceNote.Of(evidence) };
    }
}

internal sealed class AdvanceReleaseHandler(ReleaseLedger ledger)
{
    /// <param name="ask">The question.</param>
    /// <param name="evidenceOf">Evidence on the release under way, gathered when the decision is taken.</param>
    /// <param name="cancel">Cancels.</param>
    public Task<Answer<ReleaseAdvanced>> HandleAsync(AdvanceRelease ask, Func<Release, ReleaseEvidence> evidenceOf, CancellationToken cancel) =>
        ask.By.Lacks(Permission.BundlePromote) is { } no ? Task.FromResult<Answer<ReleaseAdvanced>>(no) : ledger.ChangeAsync(ask.Agent, null, ask.By, (now, by, at) =>
            AdvanceRelease.Decide(now, now.Board.Current is { } release ? evidenceOf(release) : ReleaseEvidence.Nothing, ask, by, at), cancel);
}
