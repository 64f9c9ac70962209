using System.Text.Json;
using Emend.Logic.Corrector;

namespace Emend.Logic.Tests.Corrector;

public class Writing_a_corrector
{
    private static readonly CorrectorModel Desk = SmallCorrector.Of(("refund", ["money", "back"]), ("shipping", ["parcel"])) with
    {
        Proposals = [new("gone", 3, 0, IsNeverRight: true, IsOff: false, [(0, 2), (1, 1)]), new("shipping", 30, 20, IsNeverRight: false, IsOff: true, [])],
    };

    [Fact]
    public void gives_back_what_was_written()
    {
        var json = CorrectorJson.Write(Desk);
        Assert.Equal(json, CorrectorJson.Write(CorrectorJson.Read(json)));
        Assert.Equal(json, CanonicalJson.Of(json));
        Assert.Empty(BundleProblems.Of(SmallCorrector.Bundle(Desk)));
    }

    [Fact]
    public void holds_no_word_of_a_text() => Assert.DoesNotContain("money", CorrectorJson.Write(Desk), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"schema\":\"emend/corrector/v1\"", "\"schema\":\"emend/corrector/v9\"", "expected emend/corrector/v1")]
    [InlineData("\"threshold\":0.8", "\"threshold\":1.8", "threshold: a chance between 0 and 1")]
    [InlineData(",\"threshold\":0.8", "", "stand together")]
    [InlineData("\"breaks\":2", "\"breaks\":200", "`breaks` lies between 0 and `changed`")]
    [InlineData("\"record\":{\"reviewed\":900,\"right\":700}", "\"record\":{\"reviewed\":900,\"right\":901}", "`right` lies between 0 and `reviewed`")]
    [InlineData("[[0,2],[1,1]]", "[[0,2],[7,1]]", "not an answer with a count")]
    [InlineData("\"odds\":[0,", "\"odds\":[", "12 numbers, not 11")]
    [InlineData("\"leastKnown\"", "\"leastknown\"", "unknown member `leastknown`")]
    [InlineData("\"rows\":\"", "\"rows\":\"AAAA", "rows")]
    public void is_refused_with_the_place(string part, string instead, string problem)
    {
        var json = CorrectorJson.Write(Desk);
        Assert.Contains(part, json, StringComparison.Ordinal);
        var bad = CanonicalJson.Of(json.Replace(part, instead, StringComparison.Ordinal));
        Assert.Contains(problem, Assert.ThrowsAny<JsonException>(() => CorrectorJson.Read(bad)).Message, StringComparison.Ordinal);
        Assert.Contains(BundleProblems.Of(new Bundle { Agent = "desk", Corrector = bad }), p => p.StartsWith("corrector: ", StringComparison.Ordinal));
    }
}
