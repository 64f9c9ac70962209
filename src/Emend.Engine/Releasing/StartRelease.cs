using Emend.Engine.Access;
using System.Globalization;

namespace Emend.Engine.Releasing;

/// <summary>
/// Asks to release an approved candidate: computed in the shadow first, then served to a growing share. A release that a policy
/// started gives way to a person's: what happens by itself never stands in anybody's way.
/// </summary>
internal sealed record StartRelease(string Agent, string Candidate, ReleasePolicy Policy, Actor By)
{
    /// <summary>What the person saw (<see cref="Releasing.Shown"/>); something else by now refuses. Null: whatever is there.</summary>
    public string? Shown { get; init; }

    internal static Answer<ReleaseStarted> Decide(ReleaseView now, StartRelease ask, InForce inForce, string by, long at)
    {
        if (ask.Policy.Problems() is { Count: > 0 } problems) return new ReleasePolicyIsWrong(string.Join("; ", problems));
        if (now.Candidate is not { } candidate) return new CandidateIsUnknown(ask.Candidate);
        if (!string.Equals(candidate.Agent, ask.Agent, StringComparison.Ordinal)) return new CandidateIsForAnotherAgent(candidate.Digest, candidate.Agent);
        if (ask.Shown is { } shown && !string.Equals(shown, Releasing.Shown.Of(now), StringComparison.Ordinal)) return new ShownIsStale();
        if (now.Board.IsKilled) return new KillSwitchIsOn(ask.Agent);
        if (now.Board.Current is { } current && (ask.By.IsPolicy || !current.IsAutomatic)) return new ReleaseIsUnderWay(current.Id);
        if (candidate.State == CandidateState.Rejected) return new CandidateIsRejected(candidate.Digest);
        if (candidate.Evaluation is not { } evaluation) return new CandidateIsNotEvaluated(candidate.Digest);
        if (candidate.State == CandidateState.RolledBack) return new EvaluationIsStale("what is known of the candidate (it was taken back)");
        var approvals = candidate.ApprovalsAt(at).Where(approval => !inForce.NoLongerApprovers.Contains(approval.By)).ToList();
        if (candidate.State != CandidateState.Approved || approvals.Count < candidate.ApprovalsNeeded)
            return new CandidateIsNotApproved(candidate.Digest, approvals.Count, candidate.ApprovalsNeeded);
        if (!string.Equals(evaluation.Incumbent, now.Board.Served, StringComparison.Ordinal)) return new EvaluationIsStale("the bundle that is served");
        if (!string.Equals(evaluation.GoldenSet, inForce.GoldenSet, StringComparison.Ordinal)) return new EvaluationIsStale("the golden set");
        if (ask.By.IsPolicy)
        {
            if (!evaluation.IsAutomatic) return new OnlyAPerson("release a candidate that was not evaluated as an automatic change");
        }
        else if (approvals.TrueForAll(approval => string.Equals(approval.By, by, StringComparison.Ordinal)))
        {
            return new PromoterIsTheOnlyApprover();
        }

        // The counter only grows, so no two releases of an agent share an id, and none shares its salt with another.
        var id = string.Create(CultureInfo.InvariantCulture, $"{ask.Agent}-{now.Board.Counter + 1}");
        return new ReleaseStarted(ask.Agent, by, at, new()
        {
            Id = id,
            Candidate = candidate.Digest,
            Replaces = now.Board.Served,
            Salt = "release:" + id,
            Policy = ask.Policy,
            Share = TrafficShare.FromBasisPoints(ask.Policy.StepsBp[0]),
            By = by,
            StartedAt = at,
            StepStartedAt = at,
        }, now.Board.Current?.Candidate);
    }
}

internal sealed class StartReleaseHandler(ReleaseLedger ledger)
{
    public Task<Answer<ReleaseStarted>> HandleAsync(StartRelease ask, InForce inForce, CancellationToken cancel) =>
        ask.By.Lacks(Permission.BundlePromote) is { } no ? Task.FromResult<Answer<ReleaseStarted>>(no) : ledger.ChangeAsync(ask.Agent, ask.Candidate, ask.By, (now, by, at) => StartRelease.Decide(now, ask, inForce, by, at), cancel);
}
