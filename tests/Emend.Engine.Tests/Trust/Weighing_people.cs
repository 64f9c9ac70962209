using Emend.Engine.Learning;
using Emend.Engine.Tests.Learning;
using Emend.Engine.Trust;
using Emend.Logic;

namespace Emend.Engine.Tests.Trust;

public class Weighing_people
{
    private const long Day = 86_400_000_000;

    private static IEnumerable<TrustEvidence> Answers(string by, int right, int wrong, long at = 0) =>
        Enumerable.Range(0, right + wrong).Select(i => new TrustEvidence(by, "a", i < right, at));

    private static double Weight(params TrustEvidence[] evidence) => ReviewerWeight.Of(evidence, TrustPolicy.Default, 0).Values.Single().Weight;

    private static LearningCase Case(int i, string by, string? right, string proposed = "a", string ruledBy = "policy:fast-lane") => new(
        new() { Id = $"d-{i:0000}", OccurredAt = i * 60_000_000L, Agent = "router", Context = Context.Of([], null, null), Proposed = new(proposed) },
        new($"d-{i:0000}", right is not null, new AgentAction(right ?? proposed), [$"c-{i}"], [by], ruledBy, "", i * 60_000_000L));

    // A month of honest work by three people: one proposal in ten is wrong, and another each time.
    private static List<LearningCase> Honest(int count) => [.. Enumerable.Range(0, count).Select(static i => Case(i, "honest-" + (i % 3), i % 10 == 7 ? "b" + (i / 10 % 5) : null))];

    [Fact]
    public void follows_what_was_measured_and_nothing_else()
    {
        Assert.Empty(ReviewerWeight.Of([], TrustPolicy.Default, 0));
        Assert.Equal(1, Weight([.. Answers("ann", 20, 0)]));
        Assert.InRange(Weight([.. Answers("ann", 14, 6)]), 0.3, 0.9);
        Assert.InRange(Weight([.. Answers("ann", 10, 10)]), 0, 0.1);
        Assert.Equal(0, Weight([.. Answers("ann", 10, 20)]));
        Assert.True(Weight([.. Answers("ann", 8, 2)]) > Weight([.. Answers("ann", 5, 5)]));
    }

    [Fact]
    public void forgets_in_half_lives()
    {
        var policy = TrustPolicy.Default;
        var now = ReviewerWeight.Of(Answers("ann", 0, 6), policy, 0)["ann"];
        var later = ReviewerWeight.Of(Answers("ann", 0, 6), policy, 180 * Day)["ann"];
        Assert.Equal(6, now.Wrong, 9);
        Assert.Equal(1.5, later.Wrong, 9);
        Assert.True(later.Weight > now.Weight);
    }

    [Fact]
    public void holds_back_who_turns_an_action_into_another_without_the_reason_others_find()
    {
        var cases = Honest(400);
        for (var i = 0; i < 20; i++) cases.Add(Case(1000 + i, "mallory", "evil"));
        for (var i = 0; i < 20; i++) cases.Add(Case(1020 + i, "honest-" + (i % 3), null));

        var trusted = WeighCases.Of(cases, TrustGround.None, TrustPolicy.Default);

        var finding = Assert.Single(trusted.Findings);
        Assert.Equal(("mallory", "a", "evil", 20), (finding.By, finding.Proposed, finding.Said, finding.Count));
        Assert.Equal(20, trusted.HeldBack);
        Assert.DoesNotContain(trusted.Cases, static c => c.Ruling.Submitters.Contains("mallory"));
    }

    [Fact]
    public void holds_nobody_back_for_speaking_of_mistakes_only()
    {
        // Everything wrong is said by one volunteer who never confirms: 40 corrections, as many as there are mistakes.
        var cases = Enumerable.Range(0, 400).Where(static i => i % 2 == 0 && i % 10 != 8).Select(static i => Case(i, "reader", null)).ToList();
        cases.AddRange(Enumerable.Range(0, 400).Where(static i => i % 10 == 8).Select(static i => Case(i, i % 4 == 0 ? "reader" : "volunteer", "b")));

        Assert.Empty(WeighCases.Of(cases, TrustGround.None with { Traffic = static (_, from, to) => (int)((to - from) / 60_000_000) + 1 }, TrustPolicy.Default).Findings);
    }

    [Fact]
    public void holds_nobody_back_where_nobody_else_looked()
    {
        var cases = Enumerable.Range(0, 50).Select(static i => Case(i, "only", "b")).ToList();
        Assert.Same(cases, WeighCases.Of(cases, TrustGround.None, TrustPolicy.Default).Cases);
    }

    [Fact]
    public void raises_no_alarm_on_honest_people_in_a_hundred_agents()
    {
        var random = new Random(5);
        var alarms = 0;
        for (var agent = 0; agent < 100; agent++)
        {
            var cases = Enumerable.Range(0, 300).Select(i => Case(i, "p" + random.Next(4), random.NextDouble() < 0.3 ? "b" + random.Next(3) : null, "a" + random.Next(3))).ToList();
            alarms += WeighCases.Of(cases, TrustGround.None, TrustPolicy.Default).Findings.Count;
        }
        Assert.Equal(0, alarms);
    }

    [Fact]
    public void starts_afresh_once_a_person_let_somebody_out()
    {
        var cases = Honest(400);
        for (var i = 0; i < 20; i++) cases.Add(Case(1000 + i, "mallory", "evil"));
        var ground = TrustGround.None with { ReleasedAt = new Dictionary<string, long>(StringComparer.Ordinal) { ["mallory"] = 1100 * 60_000_000L } };

        Assert.Empty(WeighCases.Of(cases, ground, TrustPolicy.Default).Findings);
    }

    [Fact]
    public void gives_a_case_the_weight_of_the_best_who_stands_behind_it()
    {
        var trusted = WeighCases.Of(
            [Case(1, "guesser", "b"), Case(2, "careful", "b"), Case(3, "new", "b"), Case(4, "guesser", "b", ruledBy: "careful"), Case(5, "careful", "b", ruledBy: "guesser")],
            new() { Evidence = [.. Answers("guesser", 10, 20), .. Answers("careful", 20, 0)] },
            TrustPolicy.Default);

        Assert.Equal(["d-0002", "d-0003", "d-0004"], trusted.Cases.Select(static c => c.Decision.Id));
        Assert.Equal(2, trusted.HeldBack);
        Assert.All(trusted.Cases, static c => Assert.Equal(1, c.Weight));
    }

    [Fact]
    public async Task measures_people_by_gold_items_and_never_learns_from_these()
    {
        await using var world = await UndoWorld.OpenAsync();
        await world.ImportAsync(UndoWorld.Decisions, UndoWorld.Corrections);
        // bo was mistaken about number 42: "a" was right.
        var (mistaken, agreed) = (UndoWorld.Decisions[42].Id, UndoWorld.Decisions[0].Id);
        var bo = Assert.Single(UndoWorld.Corrections, c => c.DecisionId == mistaken).By;
        var before = world.Engine.Cases.Read(UndoWorld.Agent).Count();

        foreach (var (id, answer) in new[] { (mistaken, "a"), (agreed, "b") })
            UndoWorld.Take(await world.Engine.Gold.HandleAsync(new AddGoldItem(id, new(answer), "asked the owner", new("mira")), default));

        var evidence = world.Engine.TrustBook.GroundOf(UndoWorld.Agent, world.Engine.Store.Size).Evidence;
        Assert.Contains(evidence, e => e.By == bo && !e.Right);
        Assert.Equal(2, evidence.Count(static e => e.Right));
        Assert.Equal(before - 2, world.Engine.Cases.Read(UndoWorld.Agent).Count());
        Assert.Equal(2, world.Engine.TrustBook.Gold(UndoWorld.Agent).Count);
        Assert.Equal("trust.gold-known", Assert.IsType<Answer<AgentAction>.Refused>(await world.Engine.Gold.HandleAsync(new AddGoldItem(agreed, new("b"), "x", new("mira")), default)).Why.Code);
        Assert.Equal("trust.gold-wrong", Assert.IsType<Answer<AgentAction>.Refused>(await world.Engine.Gold.HandleAsync(new AddGoldItem(UndoWorld.Decisions[1].Id, new("zzz"), "x", new("mira")), default)).Why.Code);

        world.Clock.Move(TimeSpan.FromHours(1));
        UndoWorld.Take(await world.Engine.Gold.HandleAsync(new RemoveGoldItem(agreed, "too easy", new("mira")), default));
        Assert.Equal(before - 1, world.Engine.Cases.Read(UndoWorld.Agent).Count());
        Assert.Equal("trust.gold-unknown", Assert.IsType<Answer<string>.Refused>(await world.Engine.Gold.HandleAsync(new RemoveGoldItem(agreed, "x", new("mira")), default)).Why.Code);
    }

    [Theory]
    [InlineData(3, 10, 1, 1, 0.7272727272727273)]
    [InlineData(1, 1, 2, 3, 0.4)]
    [InlineData(20, 22, 1, 46, 2.813114957794019e-15)]
    public void takes_the_exact_tail_of_the_beta_binomial(int k, int n, double a, double b, double expected) =>
        Assert.Equal(1, BetaBinomial.AtLeast(k, n, a, b) / expected, 2);
}
