using System.Collections.Immutable;
using System.Globalization;
using Emend.Engine.Journal;
using Emend.Engine.Learning;
using Emend.Engine.Learning.Guidance;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Guidance;

namespace Emend.Engine.Tests.Learning.Guidance;

public class Learning_guidance
{
    private static readonly string[] Names = ["Kowalczyk", "Okonkwo", "Lindqvist", "Vasquez", "Nakamura", "Haddad", "Mbeki", "Petrov"];

    private static readonly AgentDefinition Agent = new()
    {
        Id = "desk",
        Guidance = new() { Learns = true },
        Schema = new(1, [new("email", FeatureKind.String), new("tier", FeatureKind.String, FieldClass.Internal), new("when", FeatureKind.Timestamp, FieldClass.Internal)], IsOpen: true),
    };

    [Fact]
    public void makes_one_item_of_the_cases_that_were_corrected_alike_and_one_of_those_confirmed()
    {
        var items = Learn([.. Cases(8, "card_info", "change_pin", "my pin is blocked"), .. Cases(6, "card_info", "card_info", "when does my card expire", from: 100), .. Cases(6, "fees", "fees", "a fee of yours", from: 200)]);

        Assert.Equal(3, items.Length);
        var correction = Assert.Single(items, static i => i.Kind == GuidanceKind.Correction);
        Assert.Equal(("card_info", "change_pin", 8, 2), (correction.Proposed, correction.Action, correction.Cases, correction.Submitters));
        // "my" stands in more than half of all cases: it says nothing.
        Assert.Equal(["blocked", "is", "pin"], correction.Words.Select(static w => w.Word));
        Assert.Equal([new("tier", FeatureValue.Of("gold"))], correction.Features.AsEnumerable());
        Assert.All(items, static item => Assert.Empty(GuidanceProblems.Of(item)));
    }

    [Fact]
    public void holds_nothing_of_a_customer_that_fewer_than_three_share()
    {
        // Each writes their name, a number of theirs and a word of their own; two share a rare one; an address is a personal feature.
        var cases = Enumerable.Range(0, 8).Select(i => Case(i, "card_info", "change_pin",
            $"hello {Names[i]} here, card 4929{i}110{i}, order w{i}x, {(i < 2 ? "unobtainium" : "ordinary")} blocked pin", $"{Names[i]}@example.org"));
        var bundle = BuildCandidate.From(new() { Agent = Agent, Cases = [.. cases], Guidance = new([], []) }).Bundle;

        var text = Assert.Single(bundle.Guidance);
        Assert.Contains("blocked", text, StringComparison.Ordinal);
        Assert.Contains("ordinary", text, StringComparison.Ordinal);
        foreach (var secret in Names.Select(static n => n.ToLowerInvariant()).Concat(["unobtainium", "4929", "example", "w0x"])) Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void counts_customers_and_not_their_letters()
    {
        // One customer says it five times: still nobody else's word.
        var cases = Enumerable.Range(0, 8).Select(i => Case(i, "a", "b", i < 5 ? "kryptonite please" : "something please", subject: i < 5 ? "cust-loud" : $"cust-{i}"));
        Assert.DoesNotContain("kryptonite", Learn([.. cases]).SelectMany(static i => i.Words).Select(static w => w.Word));
        Assert.Empty(Learn([.. Cases(8, "a", "b", "kryptonite").Select(static c => c with { Decision = c.Decision with { Context = Context.Of([], text: c.Decision.Context.Text), Subject = "cust-loud" } })]));
    }

    [Fact]
    public void is_a_function_of_the_set_of_cases_and_items_keep_their_ids_while_evidence_grows()
    {
        List<LearningCase> cases = [.. Cases(20, "a", "b", "blocked pin"), .. Cases(20, "a", "a", "lost card", from: 50), .. Cases(20, "c", "a", "lost pin", from: 90)];
        var random = new Random(5);
        var all = Learn(cases).Select(GuidanceJson.Write).ToList();
        for (var i = 0; i < 5; i++) Assert.Equal(all, Learn([.. cases.OrderBy(_ => random.Next())]).Select(GuidanceJson.Write));
        var fewer = Learn([.. cases.Where((_, i) => i % 2 == 0)]);
        Assert.Equal(Learn(cases).Select(static i => i.Id), fewer.Select(static i => i.Id));
        // Leaving a case out gives what would have been had it never existed.
        Assert.DoesNotContain("d-00003", Learn([.. cases.Where(static c => c.Decision.Id != "d-00003")]).SelectMany(static i => i.Evidence));
    }

    [Fact]
    public void drops_an_item_that_misled_more_often_than_it_helped_once_that_is_known_often_enough()
    {
        var cases = Cases(8, "card_info", "change_pin", "my pin is blocked").ToList();
        var id = Assert.Single(Learn(cases)).Id;
        GuidanceTally Use(string proposed, string truth, int count, bool shown = true) => new(id, shown, proposed, truth, count);

        Assert.Equal((4, 5), Counters(Use("change_pin", "change_pin", 4), Use("change_pin", "card_info", 5)));
        Assert.Null(Counters(Use("change_pin", "change_pin", 4), Use("change_pin", "card_info", 6)));
        Assert.Equal((5, 5), Counters(Use("change_pin", "change_pin", 5), Use("change_pin", "card_info", 5)));
        // What the agent did against the item, and where it never saw it, says nothing of the item.
        Assert.Equal((1, 0), Counters(Use("change_pin", "change_pin", 1), Use("card_info", "fees", 40), Use("change_pin", "card_info", 40, shown: false)));

        (int, int)? Counters(params GuidanceTally[] uses) => LearnGuidance.From(new(Agent, cases, [], uses)) is [var item] ? (item.Help, item.Harm) : null;
    }

    [Fact]
    public void says_what_an_item_is_worth_by_those_it_was_withheld_from()
    {
        var value = Assert.Single(GuidanceValue.Of([new("x-1", true, "a", "a", 90), new("x-1", true, "b", "a", 10), new("x-1", false, "a", "a", 7), new("x-1", false, "b", "a", 5)]));
        Assert.Equal((100, 90, 12, 7), (value.Shown, value.ShownRight, value.Withheld, value.WithheldRight));
        Assert.Equal(0.9 - (7 / 12.0), value.Difference!.Value, 12);
        // Newcombe's own example (1998, table II, 56/70 against 48/80): 0.0524 to 0.3339.
        var (low, high) = Emend.Engine.Evaluating.Statistics.Newcombe.Interval(56, 70, 48, 80);
        Assert.Equal((0.0524, 0.3339), (Math.Round(low, 4), Math.Round(high, 4)));
        Assert.Null(new GuidanceValue("x-1", 100, 90, 0, 0).Interval);
    }

    [Fact]
    public void is_left_alone_where_the_agent_does_not_ask_for_it()
    {
        var silent = Agent with { Guidance = GuidancePolicy.None };
        var bundle = BuildCandidate.From(new() { Agent = silent, Cases = [.. Cases(8, "a", "b", "blocked pin")], Guidance = new([], []) }).Bundle;
        Assert.Empty(bundle.Guidance);
        Assert.DoesNotContain("guidance", bundle.Learner, StringComparison.Ordinal);
        Assert.Equal(AgentJson.Write(silent), AgentJson.Write(AgentJson.Read(AgentJson.Write(silent))));
        Assert.True(AgentJson.Read(AgentJson.Write(Agent)).Guidance.Learns);
    }

    private static ImmutableArray<GuidanceItem> Learn(IReadOnlyCollection<LearningCase> cases) => LearnGuidance.From(new(Agent, cases, [], []));

    private static IEnumerable<LearningCase> Cases(int count, string proposed, string right, string text, int from = 0) => Enumerable.Range(from, count).Select(i => Case(i, proposed, right, text));

    private static LearningCase Case(int number, string proposed, string right, string text, string email = "x@example.org", string? subject = null)
    {
        var one = PlantedCases.Case(number, [new("tier", FeatureValue.Of("gold")), new("email", FeatureValue.Of(email)), new("n", FeatureValue.Of(number))], text, proposed, right, number % 2 == 0 ? "rosa" : "bo");
        return one with { Decision = one.Decision with { Subject = subject ?? string.Create(CultureInfo.InvariantCulture, $"cust-{number}") } };
    }
}
