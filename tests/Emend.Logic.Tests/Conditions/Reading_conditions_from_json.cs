using System.Text.Json;
using Emend.Logic.Conditions;

namespace Emend.Logic.Tests.Conditions;

public class Reading_conditions_from_json
{
    [Fact]
    public void gives_back_what_was_written_and_the_text_is_canonical()
    {
        for (var seed = 0; seed < 5_000; seed++)
        {
            var condition = new RandomLogic(seed).Condition();
            var json = ConditionJson.Write(condition);

            Assert.True(condition.Equals(ConditionJson.Parse(json)), $"seed {seed}: {json}");
            Assert.True(json == CanonicalJson.Of(json), $"seed {seed}: {json}");
        }
    }

    [Fact]
    public void has_the_documented_shape()
    {
        var condition = ConditionText.Parse("""amount > 500 and not (due < at("2026-01-01T00:00:00Z") or proposed.args.a.b in ["x"]) and text contains "top up" """);

        Assert.Equal(
            """{"all":[{"feature":"amount","op":"gt","value":500},{"not":{"any":[{"feature":"due","op":"lt","value":{"at":"2026-01-01T00:00:00Z"}},{"arg":"a.b","op":"in","values":["x"]}]}},{"on":"text","op":"contains","value":"top up"}]}""",
            ConditionJson.Write(condition));
    }

    [Theory]
    [InlineData("""[]""", "$: expected a condition")]
    [InlineData("""{"all":[{"feature":"a","op":"eq","value":1},{"feature":"a","op":"eqq","value":1}]}""", "$.all[1].op: unknown operator \"eqq\"; did you mean `eq`?")]
    [InlineData("""{"not":{"any":[{"feature":"a","op":"in","value":1}]}}""", "$.not.any[0]: `in` takes `values`, a list")]
    [InlineData("""{"feature":"a","op":"eq","value":{"at":"2026-01-01"}}""", "$.value: expected a value")]
    [InlineData("""{"feature":"a","op":"eq","value":null}""", "$.value: expected a value")]
    [InlineData("""{"feature":"a","op":"eq","valeu":1}""", "$: unknown member `valeu`; did you mean `value`?")]
    [InlineData("""{"feature":"a","on":"text","op":"exists"}""", "$: a predicate has one of")]
    [InlineData("""{"op":"exists"}""", "$: expected `all`, `any`, `not`, or a predicate")]
    [InlineData("""{"all":[],"any":[]}""", "$: `all` stands alone in its object")]
    [InlineData("""{"feature":"a","op":"between","values":[1]}""", "$: `between` takes two values")]
    [InlineData("""{"feature":7,"op":"exists"}""", "$.feature: expected a string, found 7")]
    [InlineData("""{"feature":"\ud800","op":"exists"}""", "$.feature: string \"\\ud800\" holds half a surrogate pair")]
    [InlineData("""{"feature":"a","op":"eq","value":1e999}""", "$.value: the number is beyond the range of a double")]
    public void names_the_path_of_what_is_wrong(string json, string message)
    {
        Assert.StartsWith(message, Assert.Throws<LogicJsonException>(() => ConditionJson.Parse(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void refuses_members_that_stand_twice_and_bottomless_nesting()
    {
        Assert.ThrowsAny<JsonException>(() => ConditionJson.Parse("""{"feature":"a","op":"exists","op":"missing"}"""));
        Assert.ThrowsAny<JsonException>(() => ConditionJson.Parse(string.Concat(Enumerable.Repeat("""{"not":""", 10_000))));
        var deep = string.Concat(Enumerable.Repeat("""{"not":""", 64)) + """{"all":[]}""" + new string('}', 64);
        Assert.Contains("nested deeper than 64", Assert.ThrowsAny<JsonException>(() => ConditionJson.Parse(deep)).Message, StringComparison.Ordinal);
    }
}
