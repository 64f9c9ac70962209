using Emend.Engine.Evaluating;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Releasing;

public class Separating_duties
{
    private const long Now = 1_000_000_000_000;
    private static readonly long Day = (long)TimeSpan.FromDays(1).TotalMicroseconds;
    private static readonly AgentDefinition Closed = new() { Id = "router" };
    private static readonly InForce InForce = new("golden-1");

    private static Candidate Built(EvaluationResult result = EvaluationResult.Passed, RiskClass risk = RiskClass.Low, bool automatic = false, string? policy = null, string evaluatedBy = "ana") => new()
    {
        Digest = "d",
        Agent = "router",
        Author = "ana",
        Submitters = ["rosa", "sam"],
        DataSet = "set",
        State = CandidateState.Evaluated,
        Evaluation = new("report-1", result, "golden-1", policy ?? GatePolicy.Default.Digest(), null, automatic, risk, evaluatedBy, Now),
    };

    private static Answer<CandidateApproved> Approve(Candidate candidate, string by, bool acceptsUnproven = false, AgentDefinition? agent = null, InForce? inForce = null, AgentBoard? board = null, long at = Now, params IEnumerable<string> writers) =>
        ApproveCandidate.Decide(new(board ?? new() { Agent = "router" }, candidate), new("d", acceptsUnproven, "", new(by)), agent ?? Closed, inForce ?? InForce, writers.ToHashSet(StringComparer.Ordinal), by, at);

    [Theory]
    [InlineData("ana", "candidate.approver-is-author")]
    [InlineData("bo", null)]
    [InlineData("rosa", null)]                              // one of two submitters may
    [InlineData("policy:nightly", "candidate.policy-may-not-approve")]
    public void decides_who_may_approve(string by, string? refusal) => Check(refusal, Approve(Built(), by));

    [Fact]
    public void keeps_the_only_submitter_from_approving_their_own_evidence()
    {
        var alone = Built() with { Submitters = ["rosa"] };
        Check("candidate.approver-is-sole-submitter", Approve(alone, "rosa"));
        Check(null, Approve(alone, "bo"));
    }

    [Fact]
    public void keeps_who_wrote_a_rule_from_approving_the_candidate_that_brings_it()
    {
        Check("candidate.approver-wrote-a-rule", Approve(Built(), "bo", writers: ["bo"]));
        Check(null, Approve(Built(), "cleo", writers: ["bo"]));
    }

    [Fact]
    public void keeps_who_set_the_thresholds_from_approving_under_them()
    {
        Check("candidate.approver-set-thresholds", Approve(Built(policy: "looser", evaluatedBy: "bo"), "bo"));
        Check(null, Approve(Built(policy: "looser", evaluatedBy: "bo"), "cleo"));
        Check(null, Approve(Built(evaluatedBy: "bo"), "bo"));
    }

    [Theory]
    [InlineData(nameof(EvaluationResult.Passed), nameof(RiskClass.High), false, null)]
    [InlineData(nameof(EvaluationResult.NeedsEvidence), nameof(RiskClass.Low), true, null)]
    [InlineData(nameof(EvaluationResult.NeedsEvidence), nameof(RiskClass.Low), false, "candidate.evidence-insufficient")]
    [InlineData(nameof(EvaluationResult.NeedsEvidence), nameof(RiskClass.Medium), true, "candidate.evidence-insufficient")]
    [InlineData(nameof(EvaluationResult.NeedsEvidence), nameof(RiskClass.High), true, "candidate.evidence-insufficient")]
    [InlineData(nameof(EvaluationResult.Blocked), nameof(RiskClass.Low), true, "candidate.blocked")]
    public void lets_nobody_approve_what_is_blocked_and_few_what_is_unproven(string result, string risk, bool accepts, string? refusal) =>
        Check(refusal, Approve(Built(Enum.Parse<EvaluationResult>(result), Enum.Parse<RiskClass>(risk)), "bo", accepts));

    [Fact]
    public void takes_two_people_where_the_risk_is_high()
    {
        var first = Granted(Approve(Built(risk: RiskClass.High), "bo"));
        Assert.False(first.IsComplete);

        var once = Built(risk: RiskClass.High).After(first);
        Assert.Equal(CandidateState.Evaluated, once.State);
        Check("candidate.approved-already", Approve(once, "bo"));

        var second = Granted(Approve(once, "cleo"));
        Assert.True(second.IsComplete);
        Assert.Equal(CandidateState.Approved, once.After(second).State);
    }

    [Fact]
    public void does_not_count_an_approval_that_expired_towards_two()
    {
        var once = Built(risk: RiskClass.High).After(Granted(Approve(Built(risk: RiskClass.High), "bo")));
        Assert.False(Granted(Approve(once, "cleo", at: Now + 8 * Day)).IsComplete);
        Assert.True(Granted(Approve(once, "cleo", at: Now + 7 * Day)).IsComplete);
    }

    [Fact]
    public void forgets_approvals_with_the_evaluation_they_were_given_on()
    {
        var approved = Built().After(Granted(Approve(Built(), "bo")));
        var again = approved.After(new CandidateEvaluated("router", "ana", Now, "d", approved.Evaluation! with { Report = "report-2" }, "{}"));
        Assert.Empty(again.ApprovalsAt(Now));
        Assert.Equal(CandidateState.Evaluated, again.State);
    }

    [Fact]
    public void refuses_an_evaluation_that_the_world_has_left_behind()
    {
        Check("candidate.evaluation-stale", Approve(Built(), "bo", inForce: new("golden-2")));
        Check("candidate.evaluation-stale", Approve(Built(), "bo", inForce: new("golden-1", "another policy")));
        Check("candidate.evaluation-stale", Approve(Built(), "bo", board: new() { Agent = "router", Served = "other" }));
    }

    [Theory]
    [InlineData(true, true, nameof(RiskClass.Low), nameof(EvaluationResult.Passed), null)]
    [InlineData(false, true, nameof(RiskClass.Low), nameof(EvaluationResult.Passed), "candidate.policy-may-not-approve")]
    [InlineData(true, false, nameof(RiskClass.Low), nameof(EvaluationResult.Passed), "candidate.policy-may-not-approve")]
    [InlineData(true, true, nameof(RiskClass.Medium), nameof(EvaluationResult.Passed), "candidate.policy-may-not-approve")]
    [InlineData(true, true, nameof(RiskClass.Low), nameof(EvaluationResult.NeedsEvidence), "candidate.policy-may-not-approve")]
    [InlineData(true, true, nameof(RiskClass.Low), nameof(EvaluationResult.Blocked), "candidate.blocked")]
    public void lets_policy_approve_only_inside_an_open_envelope(bool open, bool automatic, string risk, string result, string? refusal)
    {
        var agent = Closed with { Envelope = new() { IsOpen = open } };
        Check(refusal, Approve(Built(Enum.Parse<EvaluationResult>(result), Enum.Parse<RiskClass>(risk), automatic), "policy:fast-lane", acceptsUnproven: true, agent: agent));
    }

    [Theory]
    [InlineData("bo", "release.promoter-is-only-approver")]
    [InlineData("otto", null)]
    [InlineData("ana", null)]
    [InlineData("policy:x", "release.only-a-person")]
    public void decides_who_may_start_a_release(string by, string? refusal)
    {
        var approved = Built().After(Granted(Approve(Built(), "bo")));
        var answer = StartRelease.Decide(new(new() { Agent = "router" }, approved), new("router", "d", ReleasePolicy.Default, new(by)), InForce, by, Now);
        Check(refusal, answer);
    }

    [Fact]
    public void does_not_release_on_an_approval_that_expired()
    {
        var approved = Built().After(Granted(Approve(Built(), "bo")));
        var answer = StartRelease.Decide(new(new() { Agent = "router" }, approved), new("router", "d", ReleasePolicy.Default, Operator), InForce, "otto", Now + 8 * Day);
        Check("release.not-approved", answer);
    }

    private static void Check<T>(string? refusal, Answer<T> answer)
    {
        if (refusal is null) Granted(answer);
        else Assert.Equal(refusal, RefusedAs(answer));
    }
}
