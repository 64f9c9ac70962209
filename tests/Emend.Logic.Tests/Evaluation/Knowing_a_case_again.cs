using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Guardrails;
using Emend.Logic.Rules;

namespace Emend.Logic.Tests.Evaluation;

public class Knowing_a_case_again
{
    private const string Salt = "9f3c21aa00b1c2d3";
    private static readonly Context Said = Context.Of([new("amount", FeatureValue.Of(20)), new("tags", FeatureValue.OfSet(["a", "b"]))], "refunds", "Please send my card to Oslo");
    private static readonly AgentAction Refund = new("refund", ActionArgs.Parse("""{"amount":20,"to":"card"}"""));

    // Another implementation has to come to these same digits (docs/spec/conditions.md).
    [Fact]
    public void has_the_fingerprints_that_the_specification_gives()
    {
        Assert.Equal("337c4013f2420709ea40b11563a220753ec6", CaseFingerprint.Of(Said, Refund, Salt));
        Assert.Equal("7a3e4ab24cadbe76818f56c0096624ccc970", CaseFingerprint.Of(Context.Empty, new("close"), "s"));
    }

    [Theory]
    [InlineData("please  SEND my card, to Oslo!", true)]
    [InlineData("please send my card to Bergen", false)]
    [InlineData("please send my card to Oslo today", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void goes_by_the_words_of_the_text(string? text, bool same) =>
        Assert.Equal(same, CaseFingerprint.Of(Context.Of(Said.Features, "refunds", text), Refund, Salt) == CaseFingerprint.Of(Said, Refund, Salt));

    [Fact]
    public void goes_by_everything_else_that_the_agent_knew_and_proposed()
    {
        string[] all =
        [
            CaseFingerprint.Of(Said, Refund, Salt),
            CaseFingerprint.Of(Said, Refund, "another salt"),
            CaseFingerprint.Of(Context.Of(Said.Features, null, Said.Text), Refund, Salt),
            CaseFingerprint.Of(Context.Of(Said.Features, "", Said.Text), Refund, Salt),
            CaseFingerprint.Of(Said, new("deny", Refund.Args), Salt),
            CaseFingerprint.Of(Said, new("refund"), Salt),
            CaseFingerprint.Of(Said, new("refund", ActionArgs.Parse("""{"amount":21,"to":"card"}""")), Salt),
            With(new("amount", FeatureValue.Of(20.5))),
            With(new("amount", FeatureValue.Of("20"))),
            With(new("amount", FeatureValue.OfMicroseconds(20))),
            With(new("tags", FeatureValue.OfSet(["a", "b", "c"]))),
            With(new("tags", FeatureValue.OfSet(["ab"]))),
            With(new("more", FeatureValue.Of(true))),
            With(new("more", FeatureValue.Of(false))),
            CaseFingerprint.Of(Context.Of([], "refunds", Said.Text), Refund, Salt),
            // Nothing of one part reads as a piece of another.
            CaseFingerprint.Of(Context.Of([new("a", FeatureValue.Of("b")), new("c", FeatureValue.Of("d"))], "t", "x"), Refund, Salt),
            CaseFingerprint.Of(Context.Of([new("a", FeatureValue.Of("bfcd"))], "t", "x"), Refund, Salt),
        ];
        Assert.Equal(all.Length, all.Distinct(StringComparer.Ordinal).Count());
        Assert.All(all, static one => Assert.Matches("^[0-9a-f]{36}$", one));

        static string With(Feature feature) => CaseFingerprint.Of(Context.Of([.. Said.Features.Where(f => f.Name != feature.Name), feature], "refunds", Said.Text), Refund, Salt);
    }

    [Fact]
    public void reads_back_from_text_and_json()
    {
        var condition = new Predicate(Operand.Case(Salt), Comparison.In, [FeatureValue.Of(CaseFingerprint.Of(Said, Refund, Salt))]);

        Assert.Equal(condition, ConditionText.Parse(ConditionText.Format(condition)));
        Assert.Equal(condition, ConditionJson.Parse(ConditionJson.Write(condition)));
        Assert.Equal($$"""{"case":"{{Salt}}","op":"in","values":["{{condition.Values[0].AsString}}"]}""", ConditionJson.Write(condition));
        // A feature of that name is still a feature.
        Assert.Equal("features[\"case\"] == 1", ConditionText.Format(new Predicate(Operand.Feature("case"), Comparison.Eq, FeatureValue.Of(1))));
    }

    [Theory]
    [InlineData("""case["s"] == "send my card to Oslo" """, "fingerprints")]
    [InlineData("""case["s"] == "000000000000000000000000000000000ABC" """, "fingerprints")]
    [InlineData("""case["s"] == 5""", "fingerprints")]
    [InlineData("""case["s"] contains "x" """, "set or the text")]
    [InlineData("""case[""] == "000000000000000000000000000000000abc" """, "salt")]
    public void is_compared_with_fingerprints_only(string text, string why) =>
        Assert.Contains(why, Assert.Throws<ConditionSyntaxException>(() => ConditionText.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void takes_nothing_from_the_heap()
    {
        var evaluator = Evaluator.Compile(new()
        {
            Agent = "a",
            Rules = [.. RandomLogic.Cases.Append((Said, Refund)).Select(static (known, i) => new Rule
            {
                Id = $"x{i}",
                When = new Predicate(Operand.Case(Salt), Comparison.Eq, FeatureValue.Of(CaseFingerprint.Of(known.Item1, known.Item2, Salt))),
                Effect = RuleEffect.Keep,
            })],
        });
        var (known, other) = (new DecisionInput(Said, Refund, null, 0), new DecisionInput(Context.Of(Said.Features, "refunds", new string('x', 5_000)), Refund, null, 0));
        for (var i = 0; i < 200; i++) Assert.Equal((4, -1), (evaluator.Decide(known).Index, evaluator.Decide(other).Index));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200; i++) _ = evaluator.Decide(known).Index + evaluator.Decide(other).Index;
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void is_the_case_as_the_agent_put_it_whatever_a_rule_makes_of_the_action()
    {
        var bundle = new Bundle
        {
            Agent = "a",
            Rules = [new() { Id = "r", When = Condition.Always, Effect = RuleEffect.Override, Action = "deny" }],
            Guardrails = [new() { Id = "g", When = ConditionText.Parse($"proposed.action == \"deny\" and case[\"{Salt}\"] == \"{CaseFingerprint.Of(Said, Refund, Salt)}\""), Effect = GuardrailEffect.Block }],
        };
        var input = new DecisionInput(Said, Refund, null, 0);

        Assert.Equal(Disposition.Block, BruteForce.Decide(bundle, input).Disposition);
        Assert.Equal(BruteForce.Decide(bundle, input), Evaluator.Compile(bundle).Decide(input));
    }
}
