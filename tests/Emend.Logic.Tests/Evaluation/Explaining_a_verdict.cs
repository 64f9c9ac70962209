using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Guardrails;
using Emend.Logic.Rules;

namespace Emend.Logic.Tests.Evaluation;

public class Explaining_a_verdict
{
    private static readonly Bundle Bundle = new()
    {
        Agent = "desk",
        Guardrails = [new() { Id = "no-large-refunds", When = ConditionText.Parse("proposed.action == \"refund\" and proposed.args.amount > 100"), Effect = GuardrailEffect.Escalate, Because = "a person signs above 100" }],
        Rules =
        [
            Make("first", 5, "amount > 50 and vip == true", "refund", """{"amount":60}"""),
            Make("specific", 0, "amount > 50 and country == \"DE\"", "refund", """{"amount":500}"""),
            Make("newer", 0, "amount > 40", "route", "{}", through: 9),
            Make("older", 0, "amount > 30", "close", "{}", through: 5),
            Make("tie", 0, "amount > 20", "close", "{}", through: 5),
            Make("gone", 0, "amount > 10", "close", "{}", through: 5, expires: 99),
        ],
    };

    private static Rule Make(string id, int priority, string when, string action, string args, long through = 0, long? expires = null) => new()
    {
        Id = id, Priority = priority, When = ConditionText.Parse(when), Effect = RuleEffect.Override, Action = action, Args = ActionArgs.Parse(args),
        EvidenceThrough = through, ExpiresAt = expires, Because = "3 of 3 corrections agree",
    };

    private static Explanation Explain(params Feature[] features) =>
        Explanation.Of(Evaluator.Compile(Bundle), new(Context.Of(features), new("deny"), null, 100));

    [Fact]
    public void names_the_rule_its_values_and_whom_it_outranked()
    {
        var explanation = Explain(new("amount", FeatureValue.Of(60)), new("vip", FeatureValue.Of(true)), new("country", FeatureValue.Of("FR")));

        Assert.Equal("first", explanation.CauseId);
        Assert.Equal("""
            deny became refund{"amount":60} by rule first: 3 of 3 corrections agree
              amount > 50: yes (it is 60)
              vip == true: yes (it is true)
              rule newer held too; its priority is lower
              rule older held too; its priority is lower
              rule tie held too; its priority is lower
              rule gone would have held but expired at 1970-01-01T00:00:00.000099Z
            """, explanation.Text);
    }

    [Fact]
    public void tells_priority_specificity_age_and_id_apart()
    {
        Assert.Equal((OutrankedRule[])[new(3, OutrankedBy.NewerEvidence), new(4, OutrankedBy.NewerEvidence)], Explain(new Feature("amount", FeatureValue.Of(45))).Outranked.ToArray());
        Assert.Equal((OutrankedRule[])[new(4, OutrankedBy.Id)], Explain(new Feature("amount", FeatureValue.Of(35))).Outranked.ToArray());
    }

    [Fact]
    public void shows_the_changed_action_that_a_guardrail_stopped()
    {
        var explanation = Explain(new("amount", FeatureValue.Of(60)), new("country", FeatureValue.Of("DE")));

        Assert.Equal("no-large-refunds", explanation.CauseId);
        Assert.Null(explanation.Final);
        Assert.StartsWith("Escalated to a person by guardrail no-large-refunds, which looked at the action that rule specific had made of it: a person signs above 100", explanation.Text, StringComparison.Ordinal);
        Assert.Contains("proposed.args.amount > 100: yes (it is 500)", explanation.Text, StringComparison.Ordinal);
        Assert.Equal((OutrankedRule[])[new(2, OutrankedBy.Specificity), new(3, OutrankedBy.Specificity), new(4, OutrankedBy.Specificity)], explanation.Outranked.ToArray());
    }

    [Fact]
    public void says_so_when_nothing_applies_and_does_not_repeat_the_text()
    {
        Assert.Equal("deny stands: no guardrail and no rule applies.", Explain(new Feature("amount", FeatureValue.Of(1))).Text);

        var words = new Bundle { Agent = "a", Rules = [new() { Id = "w", When = ConditionText.Parse("text contains \"secret\""), Effect = RuleEffect.Block }] };
        var explanation = Explanation.Of(Evaluator.Compile(words), new(Context.Of([], text: "my secret is 42"), new("deny"), null, 0));
        Assert.Equal("deny blocked by rule w\n  text contains \"secret\": yes", explanation.Text);
    }
}
