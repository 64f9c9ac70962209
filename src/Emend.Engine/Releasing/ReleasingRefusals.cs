namespace Emend.Engine.Releasing;

internal sealed record CandidateIsUnknown(string Candidate)
    : Refusal("candidate.unknown", $"there is no candidate {Candidate}; `emend candidates list` shows those there are");

internal sealed record CandidateIsForAnotherAgent(string Candidate, string Agent)
    : Refusal("candidate.other-agent", $"candidate {Candidate} is for agent {Agent}");

internal sealed record CandidateIsNotEvaluated(string Candidate)
    : Refusal("candidate.not-evaluated", $"candidate {Candidate} has not been evaluated; run `emend candidates evaluate` first");

internal sealed record CandidateIsInUse(string Candidate, CandidateState State)
    : Refusal("candidate.in-use", $"candidate {Candidate} is {State.ToString().ToLowerInvariant()}; what is being served is not judged, approved or rejected again, it is rolled back");

internal sealed record CandidateIsRejected(string Candidate)
    : Refusal("candidate.rejected", $"candidate {Candidate} was rejected; evaluate it again, or build another");

internal sealed record CandidateIsBlocked(string Candidate, string Gates)
    : Refusal("candidate.blocked", $"candidate {Candidate} is blocked by {Gates}: nobody can approve it; change what it was built from and build again");

internal sealed record EvidenceIsInsufficient(string Risk)
    : Refusal("candidate.evidence-insufficient", $"not every gate could be shown to hold, and the change is of {Risk} risk: only a person, for a change of low risk, may accept that, and has to say so (--accept-unproven)");

internal sealed record EvaluationIsStale(string What)
    : Refusal("candidate.evaluation-stale", $"{What} changed since the evaluation; evaluate again");

internal sealed record ApproverIsAuthor()
    : Refusal("candidate.approver-is-author", "who asked for a candidate to be built does not approve it; ask somebody else");

internal sealed record ApproverWroteARule()
    : Refusal("candidate.approver-wrote-a-rule", "the approver wrote a rule or a guidance item that this candidate brings; ask somebody else");

internal sealed record ApproverIsSoleSubmitter()
    : Refusal("candidate.approver-is-sole-submitter", "all the evidence of this candidate comes from the approver; ask somebody else");

internal sealed record ApproverSetTheThresholds()
    : Refusal("candidate.approver-set-thresholds", "who evaluated a candidate under thresholds of their own does not approve it; ask somebody else, or evaluate under the default policy");

internal sealed record ApproverApprovedAlready()
    : Refusal("candidate.approved-already", "this person approved it already; another one has to");

internal sealed record PolicyMayNotApprove(string Why)
    : Refusal("candidate.policy-may-not-approve", $"this change cannot be approved without a person: {Why}");

internal sealed record CandidateIsNotApproved(string Candidate, int Have, int Need)
    : Refusal("release.not-approved", $"candidate {Candidate} has {Have} of {Need} approvals of its latest evaluation that are not older than 7 days and come from people who may still approve; `emend candidates approve` adds one");

internal sealed record PromoterIsTheOnlyApprover()
    : Refusal("release.promoter-is-only-approver", "who alone approved a candidate does not release it too; ask somebody else to start the release");

internal sealed record ReleaseIsUnderWay(string Id)
    : Refusal("release.under-way", $"release {Id} is under way for this agent; finish it or roll it back first");

internal sealed record NothingIsReleasing(string Agent)
    : Refusal("release.none", $"no release is under way for agent {Agent}");

internal sealed record ReleaseIsPaused(string Id)
    : Refusal("release.paused", $"release {Id} is paused; `emend release resume` lets it go on");

internal sealed record ReleaseIsNotPaused(string Id)
    : Refusal("release.not-paused", $"release {Id} is not paused");

internal sealed record StillSoaking(TimeSpan Left)
    : Refusal("release.still-soaking", $"this step soaks for another {Duration(Left)}")
{
    /// <summary>Its code.</summary>
    public const string Stable = "release.still-soaking";

    private static string Duration(TimeSpan left) => left.TotalHours >= 1 ? $"{left.TotalHours:0.#} hours" : left.TotalMinutes >= 1 ? $"{left.TotalMinutes:0} minutes" : $"{Math.Ceiling(left.TotalSeconds):0} seconds";
}

internal sealed record GuardIsRed(string Why)
    : Refusal("release.guard-red", $"{Why}; it is taken back, not widened");

internal sealed record GuardIsAlarming(double Evidence)
    : Refusal("release.guard-alarming", $"bad outcomes in the canary are evidence of {Evidence:0.#} against it: not enough to take it back, too much to widen it; wait for more");

internal sealed record NoDataYet(long Have, long Need, string Of)
    : Refusal("release.no-data", $"{Have} of at least {Need} {Of} at this step; no data never widens a release");

internal sealed record NotShownHarmless(double Evidence, double Limit)
    : Refusal("release.not-shown-harmless", $"bad outcomes so far are evidence of {Evidence:0.##} that the candidate is no worse, {Limit:0.#} shows it; wait, or a person takes the last step without proof (--without-proof)");

internal sealed record NothingToRollBack(string Agent)
    : Refusal("release.nothing-to-roll-back", $"agent {Agent} is served nothing learned: its own proposals stand");

internal sealed record KillSwitchIsOn(string Agent)
    : Refusal("release.kill-switch-on", $"the kill switch of agent {Agent} is on; turn it off first");

internal sealed record KillSwitchStandsSo(bool IsOn)
    : Refusal("release.kill-switch-same", $"the kill switch is {(IsOn ? "on" : "off")} already");

internal sealed record OnlyAPerson(string What)
    : Refusal("release.only-a-person", $"only a person may {What}");

internal sealed record ReleasePolicyIsWrong(string Problems)
    : Refusal("release.policy-wrong", $"the release policy is wrong: {Problems}");

internal sealed record ReasonIsMissing()
    : Refusal("release.reason-missing", "say why: the reason stays in the journal");

internal sealed record NotShownBetter()
    : Refusal("release.not-shown-better", "the candidate is shown to do no worse, but not yet to do better by any of the success metrics of this release; wait for more outcomes, or take the last step with --without-proof");
