using Emend.Engine.Learning;
using Emend.Logic;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Engine.Tests.Learning;

public class Mining_rules
{
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void finds_a_planted_rule_of_two_conditions(int seed)
    {
        var cases = PlantedCases.Of(seed, 1000, (amount, channel, _, _) => amount >= 700 && channel == "chat" ? "escalate" : "refund", noise: 0.02);

        var (bundle, report) = PlantedCases.Build(cases);

        Assert.True(report.Learned.Length >= 1, $"seed {seed}: {report.ToJson()}");
        Assert.Equal("escalate", Act(bundle, "refund", 850, "chat"));
        Assert.Equal("refund", Act(bundle, "refund", 850, "mail"));
        Assert.Equal("refund", Act(bundle, "refund", 300, "chat"));
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void finds_nothing_in_noise(int seed)
    {
        var random = new Random(seed);
        var cases = PlantedCases.Of(seed, 1000, (_, _, _, _) => random.Next(5) switch { 0 => "escalate", 1 => "deny", _ => "refund" });

        var (bundle, report) = PlantedCases.Build(cases);

        Assert.True(bundle.Rules.IsEmpty, $"seed {seed}: {report.ToJson()}");
    }

    [Fact]
    public void finds_a_phrase_whatever_was_proposed()
    {
        var random = new Random(7);
        var cases = new List<LearningCase>();
        string[] queues = ["orders", "billing", "returns", "accounts"];
        for (var i = 0; i < 600; i++)
        {
            var broken = random.Next(6) == 0;
            var queue = queues[random.Next(queues.Length)];
            cases.Add(PlantedCases.Case(i, [], $"hello {(broken ? "the screen is cracked" : "what about my thing")} {queue}", queue, broken ? "repairs" : queue));
        }

        var (bundle, report) = PlantedCases.Build(cases);

        Assert.All(queues, queue => Assert.Equal("repairs", Act(bundle, queue, 1, "mail", "hello the screen is cracked too")));
        Assert.Equal("billing", Act(bundle, "billing", 1, "mail", "what about my thing"));
        Assert.All(report.Learned, static r => Assert.Contains("text contains", r.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void renames_a_proposal_that_has_never_been_right_on_a_handful_of_cases()
    {
        var cases = PlantedCases.Of(3, 80, (_, _, _, _) => "refund");
        for (var i = 0; i < 5; i++) cases.Add(PlantedCases.Case(1000 + i, [], $"please stop {i}", "close_account", "terminate_account"));

        var (bundle, report) = PlantedCases.Build(cases);

        Assert.Equal("close_account", Assert.Single(report.DeadProposals));
        Assert.Equal("terminate_account", Act(bundle, "close_account", 1, "mail"));
    }

    [Fact]
    public void overrides_a_proposal_that_is_not_in_the_catalogue_on_one_volunteered_correction()
    {
        LearningCase[] cases = [.. Enumerable.Range(0, 1).Select(i => PlantedCases.Case(i, [], $"stop {i}", "close_account", "terminate_account"))];

        Assert.Equal("terminate_account", Act(PlantedCases.Build(cases, null, "refund", "terminate_account").Bundle, "close_account", 1, "mail"));
        Assert.True(PlantedCases.Build(cases).Bundle.Rules.IsEmpty);
    }

    [Fact]
    public void never_leads_to_an_action_outside_the_catalogue()
    {
        LearningCase[] cases = [.. Enumerable.Range(0, 9).Select(i => PlantedCases.Case(i, [], $"stop {i}", "close_account", "no_such_action"))];

        var (bundle, report) = PlantedCases.Build(cases, null, "refund");

        Assert.True(bundle.Rules.IsEmpty);
        Assert.Contains(report.Refused, static r => r.Reason == "remedy-not-in-catalogue");
    }

    [Fact]
    public void takes_volunteered_corrections_alone_for_no_proof_that_the_agent_is_wrong()
    {
        // 200 corrections, all of one proposal, which was made 5,000 times: most of them nobody spoke of.
        var cases = PlantedCases.Of(4, 200, (_, _, _, _) => "escalate");
        BuiltCandidate Build(int made) => BuildCandidate.From(new()
        {
            Agent = new() { Id = "desk" },
            Cases = cases,
            Options = LearnerOptions.Default with { ExactTimeToLive = TimeSpan.Zero },
            Decisions = new Dictionary<string, int> { ["refund"] = made },
        });

        Assert.True(Build(5000).Report.IsVolunteered);
        Assert.True(Build(5000).Bundle.Rules.IsEmpty);
        Assert.Equal("escalate", Act(Build(200).Bundle, "refund", 1, "mail"));
    }

    [Fact]
    public void learns_a_patch_of_arguments()
    {
        var cases = PlantedCases.Of(5, 300, (_, _, _, _) => "refund");
        for (var i = 0; i < 60; i++)
        {
            var plain = PlantedCases.Case(2000 + i, [new("vip", FeatureValue.Of(true))], null, "open_ticket", "open_ticket");
            var decision = plain.Decision with { Proposed = new("open_ticket", ActionArgs.Parse("""{"priority":"low","queue":"a"}""")) };
            cases.Add(new(decision, plain.Ruling with { IsWrong = true, Truth = new("open_ticket", ActionArgs.Parse("""{"priority":"high","queue":"a"}""")) }));
        }

        var rule = Assert.Single(PlantedCases.Build(cases).Bundle.Rules);

        Assert.Equal(RuleEffect.Patch, rule.Effect);
        Assert.Equal("""{"priority":"high"}""", rule.Args.Json);
    }

    [Fact]
    public void asks_a_person_where_proposals_are_rejected_and_nothing_better_is_known()
    {
        var cases = PlantedCases.Of(6, 200, (_, _, _, _) => "refund");
        for (var i = 0; i < 12; i++)
        {
            var plain = PlantedCases.Case(2000 + i, [], null, "delete_everything", "x");
            cases.Add(plain with { Ruling = plain.Ruling with { Truth = null } });
        }

        Assert.Equal(RuleEffect.Escalate, Assert.Single(PlantedCases.Build(cases).Bundle.Rules).Effect);
    }

    [Fact]
    public void expires_ninety_days_after_its_newest_evidence()
    {
        var cases = PlantedCases.Of(1, 80, (_, _, _, _) => "refund");
        for (var i = 0; i < 5; i++) cases.Add(PlantedCases.Case(1000 + i, [], $"please stop {i}", "close_account", "terminate_account"));
        var newest = cases[^1].Ruling.At;

        var rule = Assert.Single(PlantedCases.Build(cases).Bundle.Rules);

        Assert.Equal(newest, rule.EvidenceThrough);
        Assert.Equal(newest + 90L * 24 * 3600 * 1_000_000, rule.ExpiresAt);
    }

    [Fact]
    public void keeps_the_proposal_in_an_exception_of_a_good_rule()
    {
        // Almost every refund by phone is wrong, except for people with an invoice in hand.
        var random = new Random(11);
        var cases = new List<LearningCase>();
        for (var i = 0; i < 2500; i++)
        {
            var phone = random.Next(2) == 0;
            var invoice = random.Next(16) == 0;
            cases.Add(PlantedCases.Case(i, [new("channel", FeatureValue.Of(phone ? "phone" : "mail")), new("kind", FeatureValue.Of(invoice ? "invoiced" : "other" + random.Next(3)))], null, "refund", phone && !invoice ? "call_back" : "refund"));
        }

        var (bundle, report) = PlantedCases.Build(cases);

        Assert.Equal("call_back", Final(bundle, "phone", "other1"));
        Assert.Equal("refund", Final(bundle, "phone", "invoiced"));
        Assert.Equal("refund", Final(bundle, "mail", "other1"));
        Assert.True(bundle.Rules.Length > 0, report.ToJson());

        static string? Final(Bundle bundle, string channel, string kind)
        {
            var logic = Evaluator.Compile(bundle);
            var input = new DecisionInput(Context.Of([new("channel", FeatureValue.Of(channel)), new("kind", FeatureValue.Of(kind))], "refunds"), new("refund"), null, 0);
            return logic.FinalAction(logic.Decide(input), input.Proposed)?.Label;
        }
    }

    internal static string? Act(Bundle bundle, string proposed, double amount, string channel, string text = "where is my order")
    {
        var logic = Evaluator.Compile(bundle);
        var input = new DecisionInput(Context.Of([new("amount", FeatureValue.Of(amount)), new("channel", FeatureValue.Of(channel)), new("vip", FeatureValue.Of(true))], "refunds", text), new(proposed), null, 0);
        return logic.FinalAction(logic.Decide(input), input.Proposed)?.Label;
    }
}
