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
        var policy = evidence.Watched(release.Policy);
        if (evidence.TakesBack(policy) is { } harm) return new GuardIsRed(harm);
        var mayWaive = ask.WithoutProof && !ask.By.IsPolicy && !ask.By.IsService;
        if (!mayWaive && ReleaseHold.Of(evidence) is { } hold) return hold;
        var soakEnds = release.StepStartedAt + (long)policy.Soak.TotalMicroseconds;
        if (at < soakEnds) return new StillSoaking(TimeSpan.FromMicroseconds(soakEnds - at));
        if (evidence.IsAlarming(policy)) return new GuardIsAlarming(Math.Exp(evidence.Rollback.Log));
        // Without data it stays, and from the horizon on a person has to look: what no statistics could show until then they will not show soon.
        var isOver = !mayWaive && ReleaseHold.IsOver(release, evidence, at);
        if (isOver && IsShort(release, evidence)) return new OverHorizon(release.Id, evidence.DecisionsAtStep);
        if (evidence.ExposedAtStep < policy.MinExposed) return new NoDataYet(evidence.ExposedAtStep, policy.MinExposed, "decisions by the candidate");
        // In the shadow nothing of the candidate's reaches the world, so nothing of it can be judged there.
        if (release.Share > TrafficShare.Shadow && evidence.Judged < policy.MinJudged) return new NoDataYet(evidence.Judged, policy.MinJudged, "decisions by the candidate with a known outcome");

        var to = policy.After(release.Share) ?? TrafficShare.Full;
        var (harmless, better) = (evidence.IsHarmless(policy), evidence.IsBetter(policy));
        var proven = harmless && better && !evidence.Units.IsBroken && !evidence.Reports.IsBroken;
        if (to == TrafficShare.Full && !proven && !mayWaive)
        {
            if (isOver) return new OverHorizon(release.Id, evidence.DecisionsAtStep);
            return harmless ? new NotShownBetter() : new NotShownHarmless(Math.Exp(evidence.Promotion.HighestLog), 1 / policy.PromotionAlpha);
        }
        return new ReleaseAdvanced(ask.Agent, by, at, release.Id, release.Candidate, release.Replaces, release.Share, to, proven) { Evidence = EvidenceNote.Of(evidence) };
    }

    private static bool IsShort(Release release, ReleaseEvidence evidence) =>
        evidence.ExposedAtStep < release.Policy.MinExposed || (release.Share > TrafficShare.Shadow && evidence.Judged < release.Policy.MinJudged);
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
