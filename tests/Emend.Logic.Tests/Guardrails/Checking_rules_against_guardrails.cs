using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Guardrails;
using Emend.Logic.Rules;
using Emend.Logic.Tests.Evaluation;

namespace Emend.Logic.Tests.Guardrails;

public class Checking_rules_against_guardrails
{
    [Theory]
    [InlineData("amount < 100", "proposed.action == \"refund\" and amount > 500", GuardrailContact.Never)]
    [InlineData("amount > 100", "proposed.action == \"refund\" and amount > 500", GuardrailContact.May)]
    [InlineData("amount > 600", "proposed.action == \"refund\" and amount > 500", GuardrailContact.Always)]
    [InlineData("amount > 600", "proposed.action == \"close\"", GuardrailContact.Never)]
    [InlineData("amount > 600", "not proposed.action == \"close\"", GuardrailContact.Always)]
    [InlineData("country in [\"DE\",\"FR\"]", "country == \"US\" and proposed.args.amount > 3", GuardrailContact.Never)]
    [InlineData("country in [\"DE\",\"FR\"]", "country != \"US\" and proposed.args.amount > 3", GuardrailContact.Always)]
    [InlineData("country in [\"DE\",\"FR\"]", "proposed.args.amount > 9", GuardrailContact.Never)]
    [InlineData("text contains \"top up\"", "text contains \"card\"", GuardrailContact.May)]
    [InlineData("text contains \"top up card\"", "text contains \"up card\"", GuardrailContact.Always)]
    [InlineData("vip == true", "vip == false", GuardrailContact.Never)]
    [InlineData("amount > 5 and amount < 3", "proposed.action == \"refund\"", GuardrailContact.Never)]
    public void tells_what_an_override_to_a_refund_of_five_can_meet(string rule, string guardrail, GuardrailContact expected)
    {
        var contact = GuardrailCheck.Of(
            new Rule { Id = "r", When = ConditionText.Parse(rule), Effect = RuleEffect.Override, Action = "refund", Args = ActionArgs.Parse("""{"amount":5}""") },
            new Guardrail { Id = "g", When = ConditionText.Parse(guardrail), Effect = GuardrailEffect.Block });

        Assert.Equal(expected, contact);
    }

    [Theory]
    [InlineData("proposed.args.amount > 9", GuardrailContact.Always)]
    [InlineData("proposed.args.note exists", GuardrailContact.Never)]
    [InlineData("proposed.args.customer.tier == \"x\"", GuardrailContact.May)]
    [InlineData("proposed.args.other == 1", GuardrailContact.Always)]
    [InlineData("proposed.args.other == 2", GuardrailContact.Never)]
    public void follows_a_patch(string guardrail, GuardrailContact expected)
    {
        var contact = GuardrailCheck.Of(
            new Rule { Id = "r", When = ConditionText.Parse("proposed.args.other == 1"), Effect = RuleEffect.Patch, Args = ActionArgs.Parse("""{"amount":10,"note":null,"customer":{"name":"x"}}""") },
            new Guardrail { Id = "g", When = ConditionText.Parse(guardrail), Effect = GuardrailEffect.Block });

        Assert.Equal(expected, contact);
    }

    [Fact]
    public void is_never_wrong_about_a_case_that_occurs()
    {
        var proven = new Dictionary<GuardrailContact, int>();
        for (var seed = 0; seed < 1_500; seed++)
        {
            var random = new RandomLogic(seed);
            var bundle = Deciding_like_the_oracle.RandomBundle(random, 6, 3, () => random.Condition(1));
            var inputs = Enumerable.Range(0, 25).Select(_ => Deciding_like_the_oracle.RandomInput(random)).ToArray();
            foreach (var (r, g, contact) in GuardrailCheck.Of(bundle))
            {
                proven[contact] = proven.GetValueOrDefault(contact) + 1;
                foreach (var input in inputs)
                {
                    if (!BruteForce.Holds(bundle.Rules[r].When, input)) continue;
                    var stopped = BruteForce.Holds(bundle.Guardrails[g].When, input with { Proposed = BruteForce.Apply(bundle.Rules[r], input.Proposed) }, input.Proposed);
                    Assert.False(contact == GuardrailContact.Never && stopped || contact == GuardrailContact.Always && !stopped,
                        $"seed {seed}: {ConditionText.Format(bundle.Rules[r].When)} -> {bundle.Rules[r].Effect} {bundle.Rules[r].Action}{bundle.Rules[r].Args}, {ConditionText.Format(bundle.Guardrails[g].When)}: {contact}");
                }
            }
        }
        Assert.All(Enum.GetValues<GuardrailContact>(), contact => Assert.True(proven.GetValueOrDefault(contact) > 100, $"{contact} came up {proven.GetValueOrDefault(contact)} times"));
    }
}
