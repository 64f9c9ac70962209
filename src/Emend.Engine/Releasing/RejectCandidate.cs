using Emend.Engine.Access;

namespace Emend.Engine.Releasing;

/// <summary>Asks to reject a candidate. One person is enough; a reason is required.</summary>
internal sealed record RejectCandidate(string Agent, string Candidate, string Why, Actor By)
{
    internal static Answer<CandidateRejected> Decide(ReleaseView now, RejectCandidate ask, string by, long at)
    {
        if (ask.By.IsService) return new OnlyAPerson("reject a candidate");
        if (now.Candidate is not { } candidate) return new CandidateIsUnknown(ask.Candidate);
        if (candidate.State == CandidateState.Rejected) return new CandidateIsRejected(candidate.Digest);
        if (candidate.State is CandidateState.Releasing or CandidateState.Released or CandidateState.Retired) return new CandidateIsInUse(candidate.Digest, candidate.State);
        if (string.IsNullOrWhiteSpace(ask.Why)) return new ReasonIsMissing();
        return new CandidateRejected(candidate.Agent, by, at, candidate.Digest, ask.Why);
    }
}

internal sealed class RejectCandidateHandler(ReleaseLedger ledger)
{
    public Task<Answer<CandidateRejected>> HandleAsync(RejectCandidate ask, CancellationToken cancel) =>
        ask.By.Lacks(Permission.BundleApprove) is { } no ? Task.FromResult<Answer<CandidateRejected>>(no) : ledger.ChangeAsync(ask.Agent, ask.Candidate, ask.By, (now, by, at) => RejectCandidate.Decide(now, ask, by, at), cancel);
}
