using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Trust;
using Emend.Logic;

namespace Emend.Engine.Tests.Trust;

public class Doubting_what_was_said
{
    private static readonly string[] Topics = ["invoice and billing", "card and pin", "parcel and delivery"];
    private static readonly string[] Right = ["billing", "cards", "parcels"];

    private static LearningCase Case(int i, int topic, string said, string by, string ruledBy = "policy:fast-lane") => new(
        new() { Id = $"d-{i:0000}", OccurredAt = i, Agent = "router", Context = Context.Of([], null, $"question {i % 7} about my {Topics[topic]} please"), Proposed = new("cards") },
        new($"d-{i:0000}", said != "cards", new AgentAction(said), [$"c-{i}"], [by], ruledBy, "", i));

    private static List<LearningCase> Honest(int count, string ruledBy = "policy:fast-lane", int from = 0) =>
        [.. Enumerable.Range(from, count).Select(i => Case(i, i % 3, Right[i % 3], "honest-" + (i % 4), ruledBy))];

    [Fact]
    public void finds_rulings_that_look_out_of_place_and_few_others()
    {
        var cases = Honest(300);
        string[] wrong = [.. Enumerable.Range(0, 10).Select(static k => $"d-{k * 30:0000}")];
        for (var i = 0; i < cases.Count; i++)
            if (wrong.Contains(cases[i].Decision.Id)) cases[i] = Case(i, i % 3, Right[(i + 1) % 3], "tired");

        var suspects = LabelSuspects.Of(cases);

        Assert.Equal(wrong, suspects.Select(static one => one.DecisionId).Intersect(wrong).Order(StringComparer.Ordinal));
        Assert.True(suspects.Count <= LabelSuspects.MostShare * cases.Count);
        Assert.All(suspects, static one => Assert.NotEqual(one.Ruled, one.Likelier));
        Assert.True(suspects.Take(wrong.Length).All(one => wrong.Contains(one.DecisionId)), "the most out of place are the wrong ones");
        Assert.Equal(suspects, LabelSuspects.Of([.. cases.AsEnumerable().Reverse()]));
    }

    [Fact]
    public void says_nothing_of_a_handful_of_cases() => Assert.Empty(LabelSuspects.Of(Honest(20)));

    [Fact]
    public void tells_whose_corrections_make_what_others_vouch_for_less_likely()
    {
        var cases = Honest(120).Concat(Honest(60, "lead", 200)).ToList();
        for (var i = 300; i < 320; i++) cases.Add(Case(i, 0, "parcels", "mallory"));

        var found = HarmfulBatch.Look(cases);

        Assert.True(found.Single(static one => one.By == "mallory").IsHarmful);
        Assert.All(found.Where(static one => one.By != "mallory"), static one => Assert.False(one.IsHarmful));
        // Not yet more than odd: what others vouch for still comes out right.
        Assert.False(found.Single(static one => one.By == "mallory").IsAlarming);

        for (var i = 320; i < 350; i++) cases.Add(Case(i, 0, "parcels", "mallory"));
        found = HarmfulBatch.Look(cases);
        Assert.True(found.Single(static one => one.By == "mallory") is { IsAlarming: true, Flipped: > 0 });
        Assert.All(found.Where(static one => one.By != "mallory"), static one => Assert.False(one.IsAlarming));
        // Somebody looked at it and found nothing.
        Assert.DoesNotContain(HarmfulBatch.Look(cases, new Dictionary<string, long> { ["mallory"] = 400 }), static one => one.By == "mallory");
    }

    [Fact]
    public void names_who_carries_a_rule_and_what_falls_without_them()
    {
        // Ann and bo both find the first mistake; the second is mallory's alone.
        var cases = new List<LearningCase>();
        for (var i = 0; i < 240; i++) cases.Add(Shown(i, i % 2 == 0 ? "x" : "y", i % 2 == 0 ? "b" : "a", i % 4 < 2 ? "ann" : "bo"));
        for (var i = 240; i < 300; i++) cases.Add(Shown(i, "z", "c", "mallory"));
        var agent = new AgentDefinition { Id = "router", Actions = ["a", "b", "c"] };
        Bundle Build(IReadOnlyList<LearningCase> from) => BuildCandidate.From(new() { Agent = agent, Cases = from }).Bundle;
        var bundle = Build(cases);

        var report = Influence.Of(bundle, cases, Build, Influence.MostPeople, default);

        var hers = bundle.Rules.Where(static r => r.Action == "c").Select(static r => r.Id).ToHashSet(StringComparer.Ordinal);
        var shared = bundle.Rules.Where(static r => r.Action == "b").Select(static r => r.Id).ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(hers);
        Assert.NotEmpty(shared);
        Assert.All(report.Rules.Where(r => hers.Contains(r.Rule)), static r => Assert.Equal(["mallory"], r.FallsWithout));
        Assert.All(report.Rules.Where(r => shared.Contains(r.Rule)), static r => Assert.True(r.SurvivesAnyone));
        Assert.Equal("mallory", report.People[0].By);
        Assert.Equal(60, report.People[0].Changed);
        Assert.Equal(0.5, report.Rules.First(r => shared.Contains(r.Rule)).LargestShare, 1);
    }

    private static LearningCase Shown(int i, string topic, string right, string by) => new(
        new() { Id = $"d-{i:0000}", OccurredAt = i * 60_000_000L, Agent = "router", Context = Context.Of([new("topic", FeatureValue.Of(topic))], null, null), Proposed = new("a") },
        new($"d-{i:0000}", right != "a", new AgentAction(right), [$"c-{i}"], [by], "policy:fast-lane", "", i * 60_000_000L));
}
