using Emend.Logic.Conditions;

namespace Emend.Logic.Tests.Conditions;

public class Reading_the_text_form
{
    private static readonly string[] Features = ["amount", "intent", "country"];

    [Fact]
    public void understands_the_example_of_the_manual()
    {
        var condition = ConditionText.Parse("""amount > 500 and intent in ["refund","chargeback"]""");

        Assert.Equal(
            new All([
                new Predicate(Operand.Feature("amount"), Comparison.Gt, FeatureValue.Of(500)),
                new Predicate(Operand.Feature("intent"), Comparison.In, [FeatureValue.Of("refund"), FeatureValue.Of("chargeback")])]),
            condition);
    }

    [Theory]
    [InlineData("""text contains "top up" """, OperandKind.Text, Comparison.Contains)]
    [InlineData("""proposed.action == "x" """, OperandKind.ProposedAction, Comparison.Eq)]
    [InlineData("proposed.args.amount >= 10", OperandKind.ProposedArgument, Comparison.Ge)]
    [InlineData("confidence < 0.7", OperandKind.Confidence, Comparison.Lt)]
    [InlineData("""taskType == "route" """, OperandKind.TaskType, Comparison.Eq)]
    [InlineData("order_age between 3 and 9", OperandKind.Feature, Comparison.Between)]
    [InlineData("country exists", OperandKind.Feature, Comparison.Exists)]
    [InlineData("features[\"in\"] missing", OperandKind.Feature, Comparison.Missing)]
    [InlineData("""country not in ["DE"]""", OperandKind.Feature, Comparison.NotIn)]
    [InlineData("""due < at("2026-01-01T00:00:00Z")""", OperandKind.Feature, Comparison.Lt)]
    [InlineData("""tags == {"gold","vip"}""", OperandKind.Feature, Comparison.Eq)]
    public void knows_every_operand_and_comparison(string text, OperandKind operand, Comparison comparison)
    {
        var predicate = Assert.IsType<Predicate>(ConditionText.Parse(text));

        Assert.Equal((operand, comparison), (predicate.Operand.Kind, predicate.Comparison));
        Assert.Equal(text.Trim(), ConditionText.Format(predicate));
    }

    [Fact]
    public void binds_not_before_and_before_or()
    {
        var a = ConditionText.Parse("a == 1");
        var b = ConditionText.Parse("b == 1");
        var c = ConditionText.Parse("c == 1");

        Assert.Equal(new Any([a, new All([new Not(b), c])]), ConditionText.Parse("a == 1 or not b == 1 and c == 1"));
        Assert.Equal(new All([new Any([a, b]), c]), ConditionText.Parse("(a == 1 or b == 1) and c == 1"));
    }

    [Fact]
    public void gives_back_what_was_written()
    {
        for (var seed = 0; seed < 5_000; seed++)
        {
            var condition = new RandomLogic(seed).Condition();
            var text = ConditionText.Format(condition);
            Condition read;
            try
            {
                read = ConditionText.Parse(text);
            }
            catch (ConditionSyntaxException e)
            {
                throw new InvalidOperationException($"seed {seed}: {text}: {e.Message}", e);
            }
            Assert.True(condition.Equals(read), $"seed {seed}: {text}\nread as {ConditionText.Format(read)}");
        }
    }

    [Fact]
    public void gives_back_half_a_surrogate_pair_as_an_escape_that_validation_then_refuses()
    {
        var odd = new Predicate(Operand.Feature("a\ud800b"), Comparison.Eq, FeatureValue.Of("\udc00"));

        Assert.Equal("""features["a\ud800b"] == "\udc00" """.TrimEnd(), ConditionText.Format(odd));
        Assert.Contains("surrogate", Assert.Throws<ConditionSyntaxException>(() => ConditionText.Parse(ConditionText.Format(odd))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("amount = 5", 1, 8, "`==`")]
    [InlineData("amount > 5 && intent == \"x\"", 1, 12, "`and`")]
    [InlineData("amont > 5", 1, 1, "`amount`")]
    [InlineData("amount > 5\n  and intnt == \"x\"", 2, 7, "`intent`")]
    [InlineData("amount betwen 5 and 6", 1, 8, "`between`")]
    [InlineData("amount <> 5", 1, 8, "`!=`")]
    [InlineData("intent == refund", 1, 11, "\"refund\"")]
    [InlineData("intent == 'refund'", 1, 11, "double quotes")]
    [InlineData("proposed.label == \"x\"", 1, 1, "features[\"proposed.label\"]")]
    [InlineData("country is \"DE\"", 1, 9, "`==`")]
    public void suggests_what_was_probably_meant(string text, int line, int column, string suggestion)
    {
        var error = Assert.Throws<ConditionSyntaxException>(() => ConditionText.Parse(text, Features));

        Assert.Equal((line, column), (error.Line, error.Column));
        Assert.Contains(suggestion, error.Suggestion, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 1, "expected a feature")]
    [InlineData("amount >", 9, "expected a value")]
    [InlineData("(amount > 5", 12, "expected `)`")]
    [InlineData("amount > 5)", 11, "expected `and`, `or` or the end")]
    [InlineData("amount in []", 12, "at least one value")]
    [InlineData("amount in [1,\"a\"]", 8, "same type")]
    [InlineData("amount < \"x\"", 8, "compares numbers and timestamps")]
    [InlineData("amount between 9 and 3", 8, "can never hold")]
    [InlineData("text == \"x\"", 6, "only `contains`")]
    [InlineData("text contains \"?!\"", 6, "names no word")]
    [InlineData("confidence > 70", 12, "between 0 and 1")]
    [InlineData("due < at(\"2026-01-01T00:00:00\")", 10, "with a zone")]
    [InlineData("amount == 1e999", 11, "beyond the range")]
    [InlineData("amount == 5x", 11, "not a number")]
    [InlineData("intent == \"abc", 11, "never closed")]
    [InlineData("intent == \"a\\qb\"", 13, "unknown escape")]
    [InlineData("amount # 5", 8, "unexpected character `#`")]
    [InlineData("not in == 5", 5, "the word `in`")]
    public void says_where_and_what_was_expected(string text, int column, string what)
    {
        var error = Assert.Throws<ConditionSyntaxException>(() => ConditionText.Parse(text));

        Assert.Equal((1, column), (error.Line, error.Column));
        Assert.Contains(what, error.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(", 10_000)]
    [InlineData("not ", 10_000)]
    [InlineData("all(", 10_000)]
    [InlineData("x == \"", 1)]
    public void ends_hostile_text_with_an_error(string piece, int times)
    {
        var text = string.Concat(Enumerable.Repeat(piece, times));

        Assert.Throws<ConditionSyntaxException>(() => ConditionText.Parse(text));
        Assert.Throws<ConditionSyntaxException>(() => ConditionText.Parse(text.PadRight(10_000_000, '(')));
    }

    [Fact]
    public void never_does_anything_but_read_or_refuse()
    {
        const int seed = 20261122;
        var random = new Random(seed);
        var pieces = "amount|>|>=|==|and|or|not|(|)|[|]|{|}|,|\"x\"|5|-|at|text|contains|in|between|exists|features|proposed.args|\"|\\|\ud800|\0|infinity|all|any|.".Split('|');
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Join(random.Next(2) == 0 ? " " : "", Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));
            try
            {
                var read = ConditionText.Parse(text);
                Assert.Equal(read, ConditionText.Parse(ConditionText.Format(read)));
            }
            catch (ConditionSyntaxException)
            {
                // Refused: fine. Anything else fails the test.
            }
        }
    }
}
