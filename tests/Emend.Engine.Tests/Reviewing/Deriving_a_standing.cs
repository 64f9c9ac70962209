using System.Collections.Immutable;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Tests.Capturing;

namespace Emend.Engine.Tests.Reviewing;

public class Deriving_a_standing
{
    private static readonly Guid Ann = new(1, 0, 0, new byte[8]), Bo = new(2, 0, 0, new byte[8]), Lead = new(3, 0, 0, new byte[8]);
    private static readonly DecisionFacts Decided = new("d", "router", 0, "route", new("billing", "m1"), null, default);

    private static CorrectionFacts Says(string id, Guid by, CorrectionVerdict verdict, string? action = null, string? mark = null, long at = 1, bool withdrawn = false) =>
        new(id, "d", verdict, action is null ? null : new(action, mark), null, by, at, false, withdrawn, default);

    private static Standing? Of(AgentDefinition agent, params CorrectionFacts[] corrections) => Standing.Of(new(Decided, [.. corrections], []), agent);

    private static Standing? Of(params CorrectionFacts[] corrections) => Of(Desk.Agent, corrections);

    [Fact]
    public void Silence_stands_for_nothing()
    {
        Assert.Null(Of());
        Assert.Null(Of(Says("a", Ann, CorrectionVerdict.Modify, "cards", withdrawn: true)));
    }

    [Fact]
    public void A_modification_inside_the_envelope_rules_by_policy()
    {
        var standing = Of(Says("a", Ann, CorrectionVerdict.Modify, "cards", at: 7))!;
        Assert.Equal((Lane.Fast, true, true, new MarkedAction("cards", null), TruthFrom.Correction, "a", 7L, (Guid?)null),
            (standing.Lane, standing.IsRuled, standing.IsWrong, standing.Truth!.Value, standing.From, standing.FromId, standing.At, standing.RuledBy));
    }

    [Fact]
    public void A_modification_to_the_proposal_itself_is_a_confirmation()
    {
        var standing = Of(Says("a", Ann, CorrectionVerdict.Modify, "billing", "m1"))!;
        Assert.Equal((true, false, TruthFrom.Proposal), (standing.IsRuled, standing.IsWrong, standing.From));
        // Other arguments are another action.
        Assert.True(Of(Says("a", Ann, CorrectionVerdict.Modify, "billing", "m2"))!.IsWrong);
        Assert.True(Of(Says("a", Ann, CorrectionVerdict.Modify, "billing", "m1"), Says("b", Bo, CorrectionVerdict.Confirm))!.IsRuled);
    }

    [Fact]
    public void The_last_word_of_a_submitter_counts_by_time_and_then_by_id()
    {
        Assert.Equal("fraud", Of(Desk.Agent with { ActionRisk = ImmutableSortedDictionary<string, RiskClass>.Empty },
            Says("z", Ann, CorrectionVerdict.Modify, "cards", at: 1), Says("a", Ann, CorrectionVerdict.Modify, "fraud", at: 2))!.Truth?.Label);
        Assert.Equal("cards", Of(Says("a", Ann, CorrectionVerdict.Modify, "billing", at: 1), Says("b", Ann, CorrectionVerdict.Modify, "cards", at: 1))!.Truth?.Label);
        Assert.Equal("cards", Of(Says("a", Ann, CorrectionVerdict.Modify, "cards", at: 1), Says("b", Ann, CorrectionVerdict.Reject, at: 2, withdrawn: true))!.Truth?.Label);
    }

    [Fact]
    public void Submitters_who_agree_make_one_truth_and_others_wait_for_a_person()
    {
        var agreed = Of(Says("b", Bo, CorrectionVerdict.Modify, "cards", at: 5), Says("a", Ann, CorrectionVerdict.Modify, "cards", at: 3))!;
        Assert.True(agreed.IsRuled);
        Assert.Equal("a b", string.Join(' ', agreed.Corrections));
        Assert.Equal(5, agreed.At);

        foreach (var bo in new[] { Says("b", Bo, CorrectionVerdict.Modify, "fraud"), Says("b", Bo, CorrectionVerdict.Confirm), Says("b", Bo, CorrectionVerdict.Reject), Says("b", Bo, CorrectionVerdict.Modify, "cards", "m9") })
        {
            var disputed = Of(Says("a", Ann, CorrectionVerdict.Modify, "cards"), bo)!;
            Assert.Equal((Lane.Review, false, (MarkedAction?)null), (disputed.Lane, disputed.IsRuled, disputed.Truth));
        }
        Assert.Equal(Lane.Escalated, Of(Says("a", Ann, CorrectionVerdict.Modify, "cards"), Says("b", Bo, CorrectionVerdict.Escalate))!.Lane);
    }

    [Fact]
    public void What_is_outside_the_envelope_waits_and_says_which_clause()
    {
        var cards = Says("a", Ann, CorrectionVerdict.Modify, "cards");
        (AgentDefinition Agent, CorrectionFacts Said, string Clause)[] outside =
        [
            (Desk.Agent with { Envelope = new() }, cards, "envelope is closed"),
            (Desk.Agent with { Envelope = new() { IsOpen = true, TaskTypes = ["refund"] } }, cards, "task type 'route'"),
            (Desk.Agent with { Envelope = new() { IsOpen = true, Actions = ["billing"] } }, cards, "'cards' is outside the envelope"),
            (Desk.Agent with { Actions = ["billing"] }, cards, "not in the agent's catalogue"),
            (Desk.Agent, Says("a", Ann, CorrectionVerdict.Modify, "fraud"), "risk high, the envelope allows low"),
            (Desk.Agent with { Risk = RiskClass.Medium }, Says("a", Ann, CorrectionVerdict.Reject), "risk medium"),
        ];
        foreach (var (agent, said, clause) in outside)
        {
            var standing = Of(agent, said)!;
            Assert.Equal((Lane.Review, false), (standing.Lane, standing.IsRuled));
            Assert.Contains(clause, standing.Why, StringComparison.Ordinal);
        }
        Assert.True(Of(Desk.Agent with { Envelope = new() }, Says("a", Ann, CorrectionVerdict.Confirm))!.IsRuled);
    }

    [Fact]
    public void A_persons_ruling_prevails_while_the_corrections_it_considered_stand()
    {
        VerdictFacts Rules(string id, long at, string action, params string[] considered) => new(id, Lead, at, CorrectionVerdict.Modify, new(action, null), [.. considered], default);
        CorrectionFacts[] dispute = [Says("a", Ann, CorrectionVerdict.Modify, "cards"), Says("b", Bo, CorrectionVerdict.Reject)];

        var ruled = Standing.Of(new(Decided, [.. dispute], [Rules("r", 9, "fraud", "a", "b"), Rules("q", 8, "cards", "a", "b")]), Desk.Agent)!;
        Assert.Equal(("fraud", TruthFrom.Verdict, "r", 9L, Lead, false), (ruled.Truth?.Label, ruled.From, ruled.FromId, ruled.At, ruled.RuledBy, ruled.IsContested));

        dispute[1] = dispute[1] with { IsWithdrawn = true };
        var lapsed = Standing.Of(new(Decided, [.. dispute], [Rules("r", 9, "fraud", "a", "b")]), Desk.Agent)!;
        Assert.Equal(("cards", (Guid?)null), (lapsed.Truth?.Label, lapsed.RuledBy));

        var contested = Standing.Of(new(Decided, [Says("a", Ann, CorrectionVerdict.Modify, "cards"), Says("b", Bo, CorrectionVerdict.Reject)], [Rules("r", 9, "cards", "a")]), Desk.Agent)!;
        Assert.Equal(("cards", true, true), (contested.Truth?.Label, contested.IsRuled, contested.IsContested));
    }
}
