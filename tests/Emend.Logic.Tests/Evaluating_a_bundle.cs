using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Logic.Tests;

public class Evaluating_a_bundle
{
    [Fact]
    public void lets_the_first_rule_that_holds_act()
    {
        var bundle = new Bundle
        {
            Agent = "router",
            Rules =
            [
                new() { Id = "r1", When = new Predicate(Operand.Text, Comparison.Contains, FeatureValue.Of("card fee")), Effect = RuleEffect.Override, Action = "fees" },
                new() { Id = "r2", When = new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of("old")), Effect = RuleEffect.Override, Action = "new" },
            ],
        };
        var input = new DecisionInput(Context.Of([], text: "Why a CARD fee?"), new("old"), null, 0);

        var verdict = Evaluator.Compile(bundle).Decide(input);

        Assert.Equal(new Verdict(Disposition.Override, Cause.Rule, 0, -1), verdict);
    }
}
