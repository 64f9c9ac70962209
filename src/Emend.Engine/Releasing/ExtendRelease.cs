using Emend.Engine.Evaluating;

namespace Emend.Engine.Releasing;

/// <summary>
/// Asks to go on with an automatic release with a candidate that remembers more single corrections. Share, salt and evidence stay:
/// nobody changes arms, and what was seen of the smaller candidate speaks for or against the larger one too.
/// </summary>
/// <param name="Agent">The agent.</param>
/// <param name="Candidate">Digest of the larger candidate, approved.</param>
/// <param name="Change">What sets it apart from the candidate under way.</param>
/// <param name="By">The policy that started the release.</param>
internal sealed record ExtendRelease(string Agent, string Candidate, BundleChange Change, Actor By)
{
    internal static Answer<ReleaseExtended> Decide(ReleaseView now, ExtendRelease ask, InForce inForce, string by, long at)
    {
        if (now.Candidate is not { } candidate) return new CandidateIsUnknown(ask.Candidate);
        if (!string.Equals(candidate.Agent, ask.Agent, StringComparison.Ordinal)) return new CandidateIsForAnotherAgent(candidate.Digest, candidate.Agent);
        if (now.Board.IsKilled) return new KillSwitchIsOn(ask.Agent);
        if (now.Board.Current is not { } release) return new NothingIsReleasing(ask.Agent);
        if (!string.Equals(release.By, by, StringComparison.Ordinal) || !ask.By.IsPolicy || !ask.Change.IsExactOnly) return new ReleaseIsUnderWay(release.Id);
        if (release.IsPaused) return new ReleaseIsPaused(release.Id);
        var approvals = candidate.ApprovalsAt(at).Count();
        if (candidate.State != CandidateState.Approved || approvals < candidate.ApprovalsNeeded)
            return new CandidateIsNotApproved(candidate.Digest, approvals, candidate.ApprovalsNeeded);
        if (candidate.Evaluation is not { IsAutomatic: true } evaluation) return new OnlyAPerson("release a candidate that was not evaluated as an automatic change");
        if (!string.Equals(evaluation.Incumbent, now.Board.Served, StringComparison.Ordinal)) return new EvaluationIsStale("the bundle that is served");
        if (!string.Equals(evaluation.GoldenSet, inForce.GoldenSet, StringComparison.Ordinal)) return new EvaluationIsStale("the golden set");
        return new ReleaseExtended(ask.Agent, by, at, release.Id, release.Candidate, candidate.Digest);
    }
}

internal sealed class ExtendReleaseHandler(ReleaseLedger ledger)
{
    public Task<Answer<ReleaseExtended>> HandleAsync(ExtendRelease ask, InForce inForce, CancellationToken cancel) =>
        ledger.ChangeAsync(ask.Agent, ask.Candidate, ask.By, (now, by, at) => ExtendRelease.Decide(now, ask, inForce, by, at), cancel);
}
