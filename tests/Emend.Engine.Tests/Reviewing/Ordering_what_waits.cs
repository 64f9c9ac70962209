using System.Globalization;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Tests.Capturing;
using Emend.Engine.Trust;
using Emend.TestKit;
using static Emend.Engine.Tests.Capturing.Desk;

namespace Emend.Engine.Tests.Reviewing;

public class Ordering_what_waits
{
    private static readonly ManualClock Clock = new(DateTimeOffset.FromUnixTimeMilliseconds(Noon / 1_000));

    private static NextReviews Next(Desk desk) => new(desk.Store, desk.Agents, Clock);

    private static string[] Ids(IEnumerable<NextReview> next) => [.. next.Select(static one => one.Review.DecisionId)];

    // Two people who disagree: a person has to rule.
    private static async Task DisputeAsync(Desk desk, string id, string proposed, string one, string other)
    {
        await desk.AcceptAsync(Decision(id, proposed));
        await desk.AcceptAsync(Correction(id, one, "ann"), Correction(id, other, "bo"));
    }

    [Fact]
    public void Every_position_goes_to_the_part_that_is_furthest_behind_its_share()
    {
        var parts = new Dictionary<QueuePart, IReadOnlyList<int>>
        {
            [QueuePart.Value] = [.. Enumerable.Range(0, 1_000)], [QueuePart.Audit] = [.. Enumerable.Range(0, 1_000)], [QueuePart.Gold] = [.. Enumerable.Range(0, 1_000)],
        };
        foreach (var limit in new[] { 20, 100, 1_000 })
        {
            var order = ReviewBudget.Default.Split(parts, limit);
            Assert.InRange(order.Count(static one => one.Part == QueuePart.Value), (0.60 * limit) - 1, (0.60 * limit) + 1);
            Assert.InRange(order.Count(static one => one.Part == QueuePart.Audit), (0.35 * limit) - 1, (0.35 * limit) + 1);
            Assert.InRange(order.Count(static one => one.Part == QueuePart.Gold), (0.05 * limit) - 1, (0.05 * limit) + 1);
        }
        // What one part lacks the others take.
        var rest = ReviewBudget.Default.Split(new Dictionary<QueuePart, IReadOnlyList<int>> { [QueuePart.Audit] = [1, 2, 3], [QueuePart.Value] = [7] }, 10);
        Assert.Equal(4, rest.Count);
    }

    [Fact]
    public async Task What_costs_most_comes_first_and_says_why()
    {
        var desk = await InMemory(out _).WithAgentAsync();
        await DisputeAsync(desk, "d-low", "billing", "cards", "billing");
        await DisputeAsync(desk, "d-high", "billing", "fraud", "cards");
        var next = Next(desk).For("lead", "router", 10);

        Assert.Equal(["d-high", "d-low"], Ids(next));
        Assert.Contains("a mistake weighs 10", next[0].WhyHere, StringComparison.Ordinal);
        Assert.True(next[0].Worth > next[1].Worth);
        // Nobody is asked about what they said themselves.
        Assert.Empty(Next(desk).For("ann", "router", 10));
    }

    [Fact]
    public async Task What_people_have_just_ruled_on_again_and_again_is_worth_less_than_what_is_new()
    {
        var desk = await InMemory(out _).WithAgentAsync();
        foreach (var i in Enumerable.Range(0, 12))
        {
            await DisputeAsync(desk, $"d-{i}", "billing", "cards", "billing");
            await desk.RuleAsync($"d-{i}", i % 2 == 0 ? CorrectionVerdict.Modify : CorrectionVerdict.Confirm, i % 2 == 0 ? "cards" : null, "lead");
        }
        await DisputeAsync(desk, "d-a-old", "billing", "cards", "billing");
        await DisputeAsync(desk, "d-b-new", "cards", "billing", "cards");
        var next = Next(desk).For("lead", "router", 10);

        Assert.Equal(["d-b-new", "d-a-old"], Ids(next));
        Assert.Contains("'billing' was found wrong in 6 of 12 rulings, 12 like it in 30 days", next[1].WhyHere, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hundred_reports_of_one_mistake_leave_room_for_others()
    {
        var desk = await InMemory(out _).WithAgentAsync();
        foreach (var i in Enumerable.Range(0, 30)) await DisputeAsync(desk, $"a-{i:00}", "billing", "fraud", "cards");
        foreach (var i in Enumerable.Range(0, 3)) await DisputeAsync(desk, $"b-{i}", "cards", "billing", "cards");
        var next = Next(desk).For("lead", "router", 10);

        // Two of ten are the most of one kind; what is left comes behind, by its worth.
        Assert.Equal(["a-00", "a-01", "b-0", "b-1", "a-02"], Ids(next)[..5]);
        Assert.Equal(10, next.Count);
    }

    [Fact]
    public async Task Drawn_decisions_come_in_the_order_of_their_draw_among_what_is_worth_most()
    {
        var desk = await InMemory(out _).WithAgentAsync(Agent with { Audit = new() { Share = 1, MaxOpen = 1_000 } });
        foreach (var i in new[] { 3, 1, 2 }) await desk.AcceptAsync(Decision($"d-{i}"));
        await desk.ChangeAsync(Agent);
        foreach (var i in Enumerable.Range(0, 9)) await DisputeAsync(desk, $"e-{i}", "billing", "fraud", "cards");
        var next = Next(desk).For("lead", "router", 6);

        Assert.Equal(["d-3", "d-1"], Ids(next).Where(static id => id[0] == 'd'));
        Assert.Equal(4, next.Count(static one => one.Part == QueuePart.Value));
        Assert.All(next.Where(static one => one.Part == QueuePart.Audit), static one => Assert.Equal((null, 1.0), (one.Worth, one.Review.Standing.Propensity)));
    }

    [Fact]
    public async Task A_known_answer_looks_like_a_drawn_decision_and_comes_once_to_everybody()
    {
        var audited = Agent with { Audit = new() { Share = 0.000_001 } };
        var desk = await InMemory(out _).WithAgentAsync(audited);
        await desk.AcceptAsync(Decision("d-1"), Decision("d-2"));
        foreach (var id in new[] { "d-1", "d-2" })
            Assert.IsType<Answer<Emend.Logic.AgentAction>.Granted>(await new GoldItemHandler(desk.Store, desk.Agents, Clock).HandleAsync(new AddGoldItem(id, new("cards"), "asked the carrier", new("lead")), default));
        var first = Next(desk).For("bo", "router", 10);

        Assert.All(first, static one => Assert.Equal((Standing.Drawn, 0.000_001, null), (one.Review.WhyAsked, one.Review.Standing.Propensity, one.Worth)));
        Assert.Equal(["d-1", "d-2"], Ids(first).Order(StringComparer.Ordinal));
        Assert.IsType<Answer<Standing>.Granted>(await desk.RuleAsync(first[0].Review.DecisionId, CorrectionVerdict.Modify, "cards", "bo"));
        Assert.IsType<Answer<Standing>.Granted>(await desk.RuleAsync(first[1].Review.DecisionId, CorrectionVerdict.Confirm, null, "bo"));
        Assert.Empty(Next(desk).For("bo", "router", 10));
        Assert.Equal(2, Next(desk).For("cleo", "router", 10).Count);

        // They measure who answers and teach nobody.
        Assert.Equal([false, true], new TrustBook(desk.Store).GroundOf("router", long.MaxValue).Evidence.Where(static one => one.By == "bo").Select(static one => one.Right).Order());
        Assert.Empty(new LearningCases(desk.Store, desk.Agents).Read("router"));
        // Where nothing is drawn a known answer would stand out.
        await desk.ChangeAsync(Agent);
        Assert.Empty(Next(desk).For("cleo", "router", 10));
    }

    [Fact]
    public async Task The_order_is_the_same_however_the_decisions_came()
    {
        string[]? expected = null;
        for (var seed = 1; seed <= 3; seed++)
        {
            var desk = await InMemory(out _).WithAgentAsync();
            var ids = Enumerable.Range(0, 20).ToArray();
            new Random(seed).Shuffle(ids);
            foreach (var i in ids) await DisputeAsync(desk, i.ToString("d-00", CultureInfo.InvariantCulture), i % 3 == 0 ? "cards" : "billing", i % 2 == 0 ? "fraud" : "billing", "cards");
            var next = Ids(Next(desk).For("lead", "router", 12));
            Assert.Equal(expected ??= next, next);
        }
    }
}
