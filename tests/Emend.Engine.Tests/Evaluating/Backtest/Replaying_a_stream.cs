using System.Globalization;
using System.Text.Json;
using Emend.Engine.Evaluating.Backtest;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Tests.Evaluating.Backtest;

public class Replaying_a_stream
{
    // Forty right decisions give the agent a record; then it proposes a label that does not exist any more, sixteen times.
    private static BacktestInput Stream(string? stale = "new", int right = 40, int wrong = 16)
    {
        var decisions = new List<Decision>();
        var outcomes = new List<Outcome>();
        for (var i = 0; i < right + wrong; i++)
        {
            var (proposed, truth) = i < right ? ("keep", "keep") : ("old", stale!);
            Add(decisions, outcomes, i, "router", proposed, truth);
        }
        return new() { Decisions = decisions, Outcomes = outcomes };
    }

    private static void Add(List<Decision> decisions, List<Outcome> outcomes, int number, string agent, string proposed, string? truth)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{agent}-{number:000}");
        decisions.Add(new() { Id = id, OccurredAt = number * 1_000_000L, Agent = agent, Context = Context.Of([], "route", $"message {(char)('a' + number % 26)}"), Proposed = new(proposed) });
        if (truth is not null) outcomes.Add(new() { DecisionId = id, Metric = Outcome.Truth, Action = new(truth), At = number * 1_000_000L });
    }

    private static BacktestReport Run(BacktestInput input, BacktestOptions? options = null) => RunBacktest.From(input, options ?? new() { ReviewRate = 1 }, TimeProvider.System);

    [Fact]
    public void counts_as_a_person_would_by_hand()
    {
        var report = Run(Stream());
        var learnedAfter = 16 - report.Total.Fixes;

        Assert.Equal(new ErrorCount(16, 16 - report.Total.Fixes, 56), report.Total.Errors);
        // Never on a few: the label may just have had bad days. And not much later than a person would have seen it.
        Assert.InRange(learnedAfter, 3, 10);
        Assert.Equal((0, 0, report.Total.Fixes), (report.Total.Breaks, report.Total.Escalations, report.Total.Overrides));
        // Wrong final actions are corrected; right ones, Emend's included, are confirmed.
        Assert.Equal(learnedAfter, report.Total.Corrections);
        Assert.Equal(1, report.Total.Rules);
        Assert.Equal([0, 0, 0, 5, 11], report.Total.Fifths.Select(static f => f.AgentErrors));
        Assert.Equal([12, 11, 11, 11, 11], report.Total.Fifths.Select(static f => f.Decisions));
    }

    [Fact]
    public void learns_nothing_where_nobody_reviews()
    {
        foreach (var on in new[] { ReviewOn.All, ReviewOn.Errors })
        {
            var report = Run(Stream(), new() { ReviewRate = 0, On = on });
            Assert.Equal((16, 0, 0), (report.Total.Errors.EmendErrors, report.Total.Corrections, report.Total.Overrides));
        }
    }

    [Fact]
    public void learns_from_a_review_only_when_it_has_come()
    {
        var at_once = Run(Stream()).Total.Fixes;

        // Known with the next decision at once; three seconds later with the third.
        Assert.Equal(at_once - 2, Run(Stream(), new() { ReviewRate = 1, Delay = TimeSpan.FromSeconds(3) }).Total.Fixes);
        Assert.Equal(0, Run(Stream(), new() { ReviewRate = 1, Delay = TimeSpan.FromHours(1) }).Total.Overrides);
    }

    [Fact]
    public void never_takes_silence_for_approval()
    {
        // Only errors are spoken of: forty right decisions stay unknown, and without them nothing tells a wrong label from a wrong moment.
        // The label that was wrong every single time it was proposed is still seen.
        var errors = Run(Stream(), new() { ReviewRate = 1, On = ReviewOn.Errors });
        Assert.True(errors.Agents[0].Learned.IsVolunteered);
        Assert.Equal(0, errors.Total.Breaks);

        // One in two proposals of it right: never touched.
        var decisions = new List<Decision>();
        var outcomes = new List<Outcome>();
        for (var i = 0; i < 60; i++) Add(decisions, outcomes, i, "router", "old", i % 2 == 0 ? "old" : "new");
        var half = Run(new() { Decisions = decisions, Outcomes = outcomes }, new() { ReviewRate = 1, On = ReviewOn.Errors });
        Assert.Equal(0, half.Total.Overrides);
    }

    [Fact]
    public void shows_the_truth_of_unreviewed_decisions_to_nobody()
    {
        for (var seed = 1; seed <= 5; seed++)
        {
            var input = Stream(right: 60, wrong: 40);
            var options = new BacktestOptions { ReviewRate = 0.5, Seed = seed };
            var known = Run(input, options);
            // Other truths where nobody looks: what was learned stays the same, byte for byte; only the score changes.
            var shuffled = input with
            {
                Outcomes = [.. input.Outcomes.Select(o => ReviewCoin.Toss(seed, o.DecisionId) < 0.5 ? o : o with { Action = new("something else") })],
            };
            var other = Run(shuffled, options);

            Assert.True(known.Total.Overrides > 0, $"seed {seed}");
            Assert.Equal(known.Agents[0].Learned.ToJson(), other.Agents[0].Learned.ToJson());
            Assert.Equal(known.Total.Overrides, other.Total.Overrides);
            Assert.NotEqual(known.Total.Errors, other.Total.Errors);
        }
    }

    [Fact]
    public void does_not_let_a_decision_learn_from_its_own_review()
    {
        // The last decision's truth is revealed by its review and changes everything learned, but not its own score.
        var input = Stream();
        var last = input.Decisions.Last().Id;
        var changed = Run(input with { Outcomes = [.. input.Outcomes.Select(o => o.DecisionId == last ? o with { Action = new("old") } : o)] });
        var original = Run(input);

        Assert.Equal(original.Total.Overrides, changed.Total.Overrides);
        Assert.Equal((original.Total.Fixes - 1, 1), (changed.Total.Fixes, changed.Total.Breaks));
    }

    [Fact]
    public void replays_recorded_corrections_by_their_time()
    {
        var input = Stream();
        Correction Correct(int number, long at, CorrectionVerdict verdict = CorrectionVerdict.Modify) => new()
        {
            Id = $"c-{number}", DecisionId = $"router-{number:000}", Verdict = verdict, Action = verdict == CorrectionVerdict.Modify ? new("new") : null, By = "rosa", At = at,
        };
        Correction[] confirmations = [.. Enumerable.Range(0, 40).Select(i => Correct(i, i * 1_000_000L, CorrectionVerdict.Confirm))];
        Correction[] early = [.. confirmations, .. Enumerable.Range(40, 10).Select(i => Correct(i, i * 1_000_000L + 100_000))];
        Correction[] late = [.. confirmations, .. Enumerable.Range(40, 10).Select(i => Correct(i, 99_000_000))];

        Assert.Equal(Run(input).Total.Fixes, Run(input with { Corrections = early }).Total.Fixes);
        Assert.Equal(0, Run(input with { Corrections = late }).Total.Overrides);
        Assert.Equal(10, Run(input with { Corrections = early }).Total.Corrections);
    }

    [Fact]
    public void keeps_agents_apart()
    {
        var decisions = Stream().Decisions.ToList();
        var outcomes = Stream().Outcomes.ToList();
        for (var i = 0; i < 56; i++) Add(decisions, outcomes, i, "other", "old", "old");

        var report = Run(new() { Decisions = decisions, Outcomes = outcomes });

        Assert.Equal(["other", "router"], report.Agents.Select(static a => a.Agent));
        Assert.Equal(0, report.Agents[0].Tally.Overrides);
        Assert.Equal(Run(Stream()).Total.Fixes, report.Agents[1].Tally.Fixes);
    }

    [Fact]
    public void gives_the_same_counts_whatever_the_order_of_lines_and_the_number_of_threads()
    {
        var input = Stream();
        var expected = Run(input).Total;
        Decision[] decisions = [.. input.Decisions.Reverse()];
        Outcome[] outcomes = [.. input.Outcomes.Reverse()];

        var actual = Run(new() { Decisions = decisions, Outcomes = outcomes }, new() { ReviewRate = 1, Parallelism = 1 }).Total;

        Assert.Equal(expected with { Fifths = [] }, actual with { Fifths = [] });
        Assert.Equal(expected.Fifths.ToArray(), actual.Fifths.ToArray());
    }

    [Fact]
    public void leaves_decisions_without_a_known_truth_out_of_the_score()
    {
        var input = Stream();
        var report = Run(input with { Outcomes = [.. input.Outcomes.Skip(5)] });

        Assert.Equal((51, 5), (report.Total.Errors.Decisions, report.Total.Unscored));
    }

    [Fact]
    public void writes_the_documented_json()
    {
        using var json = JsonDocument.Parse(BacktestJson.Text(Run(Stream())));
        string[] members = ["decisions", "agentErrors", "emendErrors", "fixes", "breaks", "escalations", "overrides", "corrections", "rules", "seconds", "fifths"];

        Assert.All(members, m => Assert.True(json.RootElement.TryGetProperty(m, out _), m));
        Assert.All(members, m => Assert.True(json.RootElement.GetProperty("agents")[0].TryGetProperty(m, out _), m));
        Assert.Equal(56, json.RootElement.GetProperty("decisions").GetInt32());
        Assert.Equal(5, json.RootElement.GetProperty("fifths").GetArrayLength());
    }
}
