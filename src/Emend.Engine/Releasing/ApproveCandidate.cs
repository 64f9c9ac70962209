using Emend.Engine.Access;
using Emend.Engine.Evaluating;
using Emend.Engine.Learning.Guidance;
using Emend.Engine.Learning.Written;
using Emend.Engine.Normalizing;

namespace Emend.Engine.Releasing;

/// <summary>What an approval is checked against besides the candidate: what is in force now.</summary>
/// <param name="GoldenSet">Digest of the agent's protected cases.</param>
/// <param name="Policy">Digest of the gate policy in force; null: whatever the evaluation used.</param>
internal sealed record InForce(string GoldenSet, string? Policy = null)
{
    /// <summary>Pseudonyms of people who may not approve any more: what they approved before does not count. Default: nobody.</summary>
    public IReadOnlySet<string> NoLongerApprovers { get; init; } = System.Collections.Frozen.FrozenSet<string>.Empty;
}

/// <summary>Asks to approve a candidate on its latest evaluation. Never by its author, nor by somebody who wrote one of its new rules or guidance items, nor by the only person behind its evidence.</summary>
/// <param name="Candidate">Digest.</param>
/// <param name="AcceptsUnproven">The approver takes on gates that lack evidence; possible for changes of low risk.</param>
/// <param name="Why">The reason, for the record.</param>
/// <param name="By">Who approves.</param>
internal sealed record ApproveCandidate(string Candidate, bool AcceptsUnproven, string Why, Actor By)
{
    /// <summary>Digest of the report the approver saw; another one by now refuses. Null: whatever is the latest.</summary>
    public string? Shown { get; init; }

    internal static Answer<CandidateApproved> Decide(ReleaseView now, ApproveCandidate ask, AgentDefinition agent, InForce inForce, IReadOnlySet<string> writers, string by, long at)
    {
        if (ask.By.IsService) return new OnlyAPerson("approve a candidate");
        if (now.Candidate is not { } candidate) return new CandidateIsUnknown(ask.Candidate);
        if (candidate.State == CandidateState.Rejected) return new CandidateIsRejected(candidate.Digest);
        if (candidate.State is CandidateState.Releasing or CandidateState.Released or CandidateState.RolledBack or CandidateState.Retired)
            return new CandidateIsInUse(candidate.Digest, candidate.State);
        if (candidate.Evaluation is not { } evaluation) return new CandidateIsNotEvaluated(candidate.Digest);
        if (ask.Shown is { } shown && !string.Equals(shown, evaluation.Report, StringComparison.Ordinal)) return new ShownIsStale();
        if (!string.Equals(evaluation.GoldenSet, inForce.GoldenSet, StringComparison.Ordinal)) return new EvaluationIsStale("the golden set");
        if (inForce.Policy is { } policy && !string.Equals(evaluation.Policy, policy, StringComparison.Ordinal)) return new EvaluationIsStale("the gate policy");
        if (!string.Equals(evaluation.Incumbent, now.Board.Served, StringComparison.Ordinal)) return new EvaluationIsStale("the bundle that is served");
        if (evaluation.Result == EvaluationResult.Blocked) return new CandidateIsBlocked(candidate.Digest, "its evaluation");

        if (ask.By.IsPolicy)
        {
            if (PolicyMayNot(evaluation, agent) is { } why) return new PolicyMayNotApprove(why);
        }
        else
        {
            if (string.Equals(candidate.Author, by, StringComparison.Ordinal)) return new ApproverIsAuthor();
            if (writers.Contains(by)) return new ApproverWroteARule();
            if (candidate.Submitters is [var only] && string.Equals(only, by, StringComparison.Ordinal)) return new ApproverIsSoleSubmitter();
            if (string.Equals(evaluation.By, by, StringComparison.Ordinal) && !string.Equals(evaluation.Policy, GatePolicy.Default.Digest(), StringComparison.Ordinal)) return new ApproverSetTheThresholds();
            if (evaluation.Result == EvaluationResult.NeedsEvidence && (evaluation.Risk != RiskClass.Low || !ask.AcceptsUnproven))
                return new EvidenceIsInsufficient(evaluation.Risk.ToString().ToLowerInvariant());
            if (candidate.ApprovalsAt(at).Any(approval => string.Equals(approval.By, by, StringComparison.Ordinal))) return new ApproverApprovedAlready();
        }
        var complete = candidate.ApprovalsAt(at).Count() + 1 >= candidate.ApprovalsNeeded;
        return new CandidateApproved(candidate.Agent, by, at, candidate.Digest, new(by, evaluation.Report, at), complete, evaluation.Result == EvaluationResult.NeedsEvidence, ask.Why);
    }

    // The fast lane: inside the agent's change envelope, judged by the stricter rules, and every gate shown to hold.
    private static string? PolicyMayNot(CandidateEvaluation evaluation, AgentDefinition agent)
    {
        if (!agent.Envelope.IsOpen) return "the agent's change envelope is closed";
        if (!evaluation.IsAutomatic) return "it was not evaluated as an automatic change";
        if (evaluation.Risk > agent.Envelope.MaxRisk) return $"its risk is {evaluation.Risk.ToString().ToLowerInvariant()}, the envelope allows {agent.Envelope.MaxRisk.ToString().ToLowerInvariant()}";
        if (evaluation.Risk == RiskClass.High) return "a change of high risk needs two people";
        return evaluation.Result == EvaluationResult.Passed ? null : "not every gate could be shown to hold";
    }
}

internal sealed class ApproveCandidateHandler(ReleaseLedger ledger, WrittenRules written, WrittenGuidance guidance)
{
    public Task<Answer<CandidateApproved>> HandleAsync(ApproveCandidate ask, AgentDefinition agent, InForce inForce, CancellationToken cancel) =>
        ask.By.Lacks(Permission.BundleApprove) is { } no ? Task.FromResult<Answer<CandidateApproved>>(no) : ledger.ChangeAsync(agent.Id, ask.Candidate, ask.By, (now, by, at) => ApproveCandidate.Decide(now, ask, agent, inForce, WritersOfNew(now), by, at), cancel);

    // What is served already was approved by others when it came.
    private HashSet<string> WritersOfNew(ReleaseView now)
    {
        if (now.Candidate is not { } candidate || ledger.Bundle(candidate.Digest) is not { } bundle) return new(StringComparer.Ordinal);
        var served = now.Board.Served is { } digest ? ledger.Bundle(digest) : null;
        return written.AuthorsOfNew(bundle, served).Concat(guidance.AuthorsOfNew(bundle, served)).ToHashSet(StringComparer.Ordinal);
    }
}
