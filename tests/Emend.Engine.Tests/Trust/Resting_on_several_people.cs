using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Tests.Learning;
using Emend.Engine.Trust;

namespace Emend.Engine.Tests.Trust;

public class Resting_on_several_people
{
    private static readonly AgentDefinition Low = new() { Id = "desk" }, High = new() { Id = "desk", Risk = RiskClass.High };

    // So many people judge forty decisions each, all right; then some say that one phrase means something else.
    private static List<LearningCase> Cases(int witnesses, params string[] supporters)
    {
        var cases = PlantedCases.Of(1, 40 * witnesses, static (_, _, _, _) => "refund").Select((one, i) => one with { Ruling = one.Ruling with { Submitters = ["witness-" + (i % witnesses)] } }).ToList();
        for (var i = 0; i < supporters.Length; i++) cases.Add(PlantedCases.Case(1000 + i, [], $"please stop {i}", "close_account", "terminate_account", supporters[i]));
        return cases;
    }

    private static int Rules(AgentDefinition agent, IReadOnlyList<LearningCase> cases, bool isAutomatic = false) =>
        BuildCandidate.From(new() { Agent = agent, Cases = cases, Options = RequiredSupport.For(agent, cases, LearnerOptions.Default with { ExactTimeToLive = TimeSpan.Zero }, isAutomatic) }).Bundle.Rules.Length;

    private static string[] Said(params (string By, int Times)[] people) => [.. people.SelectMany(static one => Enumerable.Repeat(one.By, one.Times))];

    [Fact]
    public void is_asked_for_where_three_people_judge_and_not_where_there_are_fewer()
    {
        Assert.Equal(1, Rules(Low, Cases(1, Said(("rosa", 9)))));
        Assert.Equal(0, Rules(Low, Cases(3, Said(("rosa", 9)))));
        Assert.Equal(0, Rules(Low, Cases(3, Said(("rosa", 5), ("chen", 4)))));
        Assert.Equal(1, Rules(Low, Cases(3, Said(("rosa", 3), ("chen", 3), ("bo", 3)))));
    }

    [Fact]
    public void counts_who_ruled_on_what_nobody_had_submitted()
    {
        var cases = Cases(3, Said(("rosa", 3), ("chen", 3)));
        LearningCase Drawn(int number, string by) => PlantedCases.Case(number, [], $"please stop {number}", "close_account", "terminate_account") is var one ? one with { Ruling = one.Ruling with { Submitters = [], By = by } } : null!;
        Assert.Equal(0, Rules(Low, cases));
        Assert.Equal(0, Rules(Low, [.. cases, Drawn(2_000, "rosa")]));
        Assert.Equal(1, Rules(Low, [.. cases, Drawn(2_000, "lead")]));
    }

    [Fact]
    public void is_not_talked_away_by_flooding_a_workspace_under_one_name()
    {
        var cases = Cases(3, Said(("rosa", 9)));
        for (var i = 0; i < 2_000; i++) cases.Add(PlantedCases.Case(5_000 + i, [], null, "refund", "refund", "rosa"));
        Assert.Equal(0, Rules(Low, cases));
        Assert.Equal(4, RequiredSupport.Witnesses(cases));
    }

    [Fact]
    public void asks_for_one_more_where_the_risk_is_high_however_few_there_are()
    {
        Assert.Equal(0, Rules(High, Cases(1, Said(("rosa", 9)))));
        Assert.Equal(0, Rules(High, Cases(3, Said(("rosa", 5), ("chen", 5), ("bo", 1)))));
        Assert.Equal(1, Rules(High, Cases(3, Said(("rosa", 4), ("chen", 4), ("bo", 4)))));
        // The risk of what it leads to counts, whatever the agent's.
        var careful = Low with { ActionRisk = Low.ActionRisk.Add("terminate_account", RiskClass.High) };
        Assert.Equal(0, Rules(careful, Cases(1, Said(("rosa", 9)))));
    }

    [Fact]
    public void asks_for_two_where_nobody_looks_before_it_is_released()
    {
        Assert.Equal(0, Rules(Low, Cases(1, Said(("rosa", 9))), isAutomatic: true));
        Assert.Equal(0, Rules(Low, Cases(1, Said(("rosa", 9), ("chen", 1))), isAutomatic: true));
        Assert.Equal(1, Rules(Low, Cases(1, Said(("rosa", 4), ("chen", 4))), isAutomatic: true));
    }

    [Fact]
    public async Task is_part_of_every_bundle_that_is_built_for_release_and_who_carries_it_can_be_asked()
    {
        await using var world = await UndoWorld.OpenAsync();
        await world.ImportAsync(UndoWorld.Decisions, UndoWorld.Corrections);
        var built = await world.BuildAsync();
        Assert.Contains("\"survivesLossOf\":1,\"survivesLossOfAtHighRisk\":2", built.Built.Bundle.Learner, StringComparison.Ordinal);
        Assert.Contains("\"minSubmitters\":3", built.Built.Bundle.Learner, StringComparison.Ordinal);

        var report = UndoWorld.Take(world.Engine.Influences.Of(built.Digest, 10, default));
        Assert.Equal(built.Built.Report.Learned.Length, report.Rules.Count(static rule => rule.Rule.StartsWith("m-", StringComparison.Ordinal)));
        Assert.All(report.Rules.Where(static rule => rule.Rule.StartsWith("m-", StringComparison.Ordinal)), static rule => Assert.True(rule.People.Count >= RequiredSupport.Quorum));
        Assert.Equal(["bo", "ines", "rosa"], report.People.Select(static one => one.By).Order(StringComparer.Ordinal));
        Assert.Single(UndoWorld.Take(world.Engine.Influences.Of(built.Digest, 1, default)).People);
        Assert.IsType<CandidateIsUnknown>(Assert.IsType<Answer<InfluenceReport>.Refused>(world.Engine.Influences.Of("sha256:none", 1, default)).Why);
    }
}
