using Emend.Logic.Conditions;
using Emend.Logic.Corrector;
using Emend.Logic.Evaluation;
using Emend.Logic.Guardrails;
using Emend.Logic.Rules;

namespace Emend.Logic.Tests.Corrector;

public class Correcting_a_decision
{
    private static readonly CorrectorModel Desk = SmallCorrector.Of(("refund", ["money", "back"]), ("shipping", ["parcel", "late"]), ("closing", ["goodbye"]));

    private static AgentAction? Final(Bundle bundle, string text, string proposed, out Verdict verdict)
    {
        var evaluator = Evaluator.Compile(bundle);
        var input = SmallCorrector.Input(text, proposed);
        verdict = evaluator.Decide(input);
        Assert.Equal(BruteForce.Decide(bundle, input), verdict);
        return evaluator.FinalAction(verdict, input.Proposed);
    }

    [Fact]
    public void replaces_a_proposal_the_text_speaks_against()
    {
        Assert.Equal("refund", Final(SmallCorrector.Bundle(Desk), "Money back", "shipping", out var verdict)!.Label);
        Assert.Equal((Disposition.Override, Cause.Corrector), (verdict.Disposition, verdict.Cause));
    }

    [Fact]
    public void leaves_a_proposal_the_text_speaks_for()
    {
        Assert.Equal("refund", Final(SmallCorrector.Bundle(Desk), "Money back", "refund", out var verdict)!.Label);
        Assert.Equal(Verdict.Stands, verdict);
    }

    [Fact]
    public void never_acts_without_a_certificate()
    {
        Final(SmallCorrector.Bundle(Desk with { Threshold = null, Certificate = null }), "money back", "shipping", out var verdict);
        Assert.Equal(Verdict.Stands, verdict);
    }

    [Fact]
    public void never_acts_below_the_certified_chance()
    {
        // Odds of log 1.5 are a chance of 0.6.
        var unsure = Desk with { Odds = [Math.Log(1.5) / 0.9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] };
        Final(SmallCorrector.Bundle(unsure), "money back", "shipping", out var verdict);
        Assert.Equal(Verdict.Stands, verdict);
        Final(SmallCorrector.Bundle(unsure with { Threshold = 0.59 }), "money back", "shipping", out verdict);
        Assert.Equal(Cause.Corrector, verdict.Cause);
    }

    [Fact]
    public void leaves_a_case_of_unknown_words_alone()
    {
        Final(SmallCorrector.Bundle(Desk), "money for the nice gardener please", "shipping", out var verdict);
        Assert.Equal(Verdict.Stands, verdict);
    }

    [Fact]
    public void chooses_certified_answers_only()
    {
        var without = Desk with { Answers = [.. Desk.Answers.Select(static a => a.Label == "refund" ? a with { IsCertified = false } : a)] };
        Final(SmallCorrector.Bundle(without), "money back", "shipping", out var verdict);
        Assert.Equal(Verdict.Stands, verdict);
    }

    [Fact]
    public void leaves_a_proposal_alone_where_it_is_switched_off()
    {
        var off = Desk with { Proposals = [new("shipping", 30, 20, IsNeverRight: false, IsOff: true, [])] };
        Final(SmallCorrector.Bundle(off), "money back", "shipping", out var verdict);
        Assert.Equal(Verdict.Stands, verdict);
    }

    [Fact]
    public void replaces_what_is_never_right_even_in_shadow()
    {
        var dead = Desk with { Threshold = null, Certificate = null, Proposals = [new("gone", 3, 0, IsNeverRight: true, IsOff: false, [(1, 2), (2, 1)])] };
        Assert.Equal("refund", Final(SmallCorrector.Bundle(dead), "money back", "gone", out _)!.Label);
        // Nothing speaks for any answer more than for the others.
        Final(SmallCorrector.Bundle(dead with { NeverRightFrom = 0.9 }), "money parcel", "gone", out var verdict);
        Assert.Equal(Verdict.Stands, verdict);
    }

    [Fact]
    public void makes_of_what_is_never_right_only_what_people_made_of_it()
    {
        var dead = Desk with { Threshold = null, Certificate = null, Proposals = [new("gone", 3, 0, IsNeverRight: true, IsOff: false, [(0, 3)]), new("lost", 3, 0, IsNeverRight: true, IsOff: false, [])] };
        Assert.Equal("closing", Final(SmallCorrector.Bundle(dead), "money back", "gone", out _)!.Label);
        Final(SmallCorrector.Bundle(dead), "money back", "lost", out var verdict);
        Assert.Equal(Verdict.Stands, verdict);
    }

    [Fact]
    public void comes_after_the_rules_an_exception_included()
    {
        var keep = new Rule { Id = "k-1", Effect = RuleEffect.Keep, When = ConditionText.Parse("text contains \"money\"") };
        Final(SmallCorrector.Bundle(Desk) with { Rules = [keep] }, "money back", "shipping", out var verdict);
        Assert.Equal((Disposition.Keep, Cause.Rule), (verdict.Disposition, verdict.Cause));
    }

    [Fact]
    public void is_stopped_by_a_guardrail_that_forbids_its_answer()
    {
        var guard = new Guardrail { Id = "g-1", Effect = GuardrailEffect.Block, When = ConditionText.Parse("proposed.action == \"refund\"") };
        Assert.Null(Final(SmallCorrector.Bundle(Desk) with { Guardrails = [guard] }, "money back", "shipping", out var verdict));
        Assert.Equal((Disposition.Block, Cause.Guardrail), (verdict.Disposition, verdict.Cause));
    }

    [Fact]
    public void allocates_nothing()
    {
        var evaluator = Evaluator.Compile(SmallCorrector.Bundle(Desk));
        var input = SmallCorrector.Input(string.Join(' ', Enumerable.Repeat("money back parcels are unknown", 6)), "shipping");
        for (var i = 0; i < 100; i++) evaluator.Decide(input);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) evaluator.Decide(input);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void says_why()
    {
        var evaluator = Evaluator.Compile(SmallCorrector.Bundle(Desk));
        var why = Explanation.Of(evaluator, SmallCorrector.Input("money back", "shipping"));
        Assert.Equal("corrector", why.CauseId);
        Assert.Contains("shipping became refund by the corrector", why.Text, StringComparison.Ordinal);
        Assert.Contains("0.80 is certified", why.Text, StringComparison.Ordinal);
        Assert.Contains("holds back", Explanation.Of(evaluator, SmallCorrector.Input("parcel late", "shipping")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void needs_the_whole_case()
    {
        var evaluator = Evaluator.Compile(SmallCorrector.Bundle(Desk));
        Assert.Throws<InvalidOperationException>(() => evaluator.Decide([], "money back", 0));
    }
}
