using Emend.Engine.Learning;
using Emend.Logic;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Engine.Tests.Learning;

public class Correcting_one_case
{
    private static LearningCase Corrected(int number, string text = "please send my card to Oslo", string right = "deliver") =>
        PlantedCases.Case(number, [new("vip", FeatureValue.Of(true))], text, "refund", right);

    [Fact]
    public void acts_at_once_on_the_identical_case()
    {
        var rule = Assert.Single(Build(Corrected(1)).Rules);

        Assert.Equal(RuleOrigin.Exact, rule.Origin);
        Assert.Equal("deliver", Act(Build(Corrected(1)), true, "Please send my CARD to Oslo!"));
    }

    [Fact]
    public void does_nothing_to_a_case_that_differs_in_a_feature_a_word_or_the_proposal()
    {
        var bundle = Build(Corrected(1));

        Assert.Equal("refund", Act(bundle, false, "please send my card to Oslo"));
        Assert.Equal("refund", Act(bundle, true, "please send my card to Bergen"));
        Assert.Equal("other", Act(bundle, true, "please send my card to Oslo", "other"));
    }

    [Fact]
    public void carries_no_word_of_the_case_and_no_value_of_a_feature()
    {
        var bytes = System.Text.Encoding.UTF8.GetString(BundleJson.Write(Build(PlantedCases.Case(1, [new("iban", FeatureValue.Of("NO9386011117947")), new("age", FeatureValue.Of(8417))], "please send my card to Oslo", "refund", "deliver"))));

        Assert.All(["send", "card", "oslo", "Oslo", "iban", "NO93", "8417"], word => Assert.DoesNotContain(word, bytes, StringComparison.Ordinal));
    }

    [Fact]
    public void ends_after_two_weeks()
    {
        var bundle = Build(Corrected(1));
        var made = bundle.Rules[0].EvidenceThrough;
        const long day = 24L * 3600 * 1_000_000;

        Assert.Equal("deliver", Act(bundle, true, "please send my card to Oslo", at: made + 14 * day));
        Assert.Equal("refund", Act(bundle, true, "please send my card to Oslo", at: made + 14 * day + 1));
        // A newer ruling of another case, weeks later, is enough for a build to leave it out.
        Assert.DoesNotContain(Build(Corrected(1), Corrected(60 * 24 * 30, "quite another matter altogether")).Rules, r => r.Because.Length > 0 && r.EvidenceThrough == made);
    }

    [Fact]
    public void dies_when_the_same_case_is_ruled_otherwise()
    {
        Assert.Empty(Build(Corrected(1), Corrected(2, right: "refund")).Rules);
        Assert.Empty(Build(Corrected(1), Corrected(2, right: "apologise")).Rules);
        Assert.Single(Build(Corrected(1), Corrected(2)).Rules, static r => r.Origin == RuleOrigin.Exact);
    }

    [Fact]
    public void remembers_nothing_without_a_text_that_tells_cases_apart()
    {
        Assert.Empty(Build(PlantedCases.Case(1, [new("vip", FeatureValue.Of(true))], null, "refund", "deny")).Rules);
        Assert.Empty(Build(PlantedCases.Case(1, [], "yes please", "refund", "deny")).Rules);
    }

    private static Bundle Build(params LearningCase[] cases) => BuildCandidate.From(new() { Agent = new() { Id = "desk" }, Cases = cases }).Bundle;

    private static string? Act(Bundle bundle, bool vip, string text, string proposed = "refund", long at = 0)
    {
        var logic = Evaluator.Compile(bundle);
        var input = new DecisionInput(Context.Of([new("vip", FeatureValue.Of(vip))], "refunds", text), new(proposed), null, at);
        return logic.FinalAction(logic.Decide(input), input.Proposed)?.Label;
    }
}

public class Standing_behind_a_rule
{
    private static List<LearningCase> Cases(params string[] submitters)
    {
        var cases = PlantedCases.Of(1, 80, (_, _, _, _) => "refund");
        for (var i = 0; i < submitters.Length; i++) cases.Add(PlantedCases.Case(1000 + i, [], $"please stop {i}", "close_account", "terminate_account", submitters[i]));
        return cases;
    }

    private static int Rules(LearnerOptions options, params string[] submitters) =>
        PlantedCases.Build(Cases(submitters), options with { ExactTimeToLive = TimeSpan.Zero }).Bundle.Rules.Length;

    [Fact]
    public void takes_as_many_people_as_asked_for()
    {
        var quorum = LearnerOptions.Default with { MinSubmitters = 2 };

        Assert.Equal(0, Rules(quorum, "rosa", "rosa", "rosa", "rosa", "rosa"));
        Assert.Equal(1, Rules(quorum, "rosa", "rosa", "rosa", "chen", "rosa"));
        Assert.Equal(1, Rules(LearnerOptions.Default, "rosa", "rosa", "rosa", "rosa", "rosa"));
    }

    [Fact]
    public void counts_no_more_of_one_person_than_the_cap_lets()
    {
        var cap = LearnerOptions.Default with { MaxShareOfSubmitter = 0.5 };

        Assert.Equal(0, Rules(cap, "rosa", "rosa", "rosa", "rosa", "rosa"));
        Assert.Equal(1, Rules(cap, "rosa", "rosa", "rosa", "chen", "bo"));
    }

    [Fact]
    public void survives_the_loss_of_its_strongest_supporter_where_that_is_asked_for()
    {
        var survive = LearnerOptions.Default with { SurvivesLossOf = 1 };

        Assert.Equal(0, Rules(survive, "rosa", "rosa", "rosa", "rosa", "chen"));
        Assert.Equal(1, Rules(survive, "rosa", "rosa", "bo", "chen", "bo", "chen"));
    }
}
