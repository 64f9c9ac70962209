using System.Globalization;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Evaluating.Statistics;
using Emend.Engine.Journal;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Tests.Learning.Corrector;
using Emend.TestKit;
using static Emend.Engine.Tests.Capturing.Desk;

namespace Emend.Engine.Tests.Reviewing;

public class Drawing_decisions_for_review
{
    private static AgentDefinition Audited(double share, int maxOpen = 10_000) => Agent with { Audit = new() { Share = share, MaxOpen = maxOpen } };

    private static IReadOnlyList<WaitingReview> Waiting(Capturing.Desk desk) => new ListReviews(desk.Store).Waiting("router");

    private static LearningCase Only(Capturing.Desk desk) => Assert.Single(new LearningCases(desk.Store, desk.Agents).Read("router"));

    [Fact]
    public async Task Nothing_is_drawn_unless_somebody_asks_for_it()
    {
        var desk = await InMemory(out _).WithAgentAsync();
        await desk.AcceptAsync([.. Enumerable.Range(0, 100).Select(static i => Decision($"d-{i}"))]);
        Assert.Empty(Waiting(desk));
        Assert.Equal("review.nothing-to-rule-on", Assert.IsType<Answer<Standing>.Refused>(await desk.RuleAsync("d-1", CorrectionVerdict.Confirm, null, "lead")).Why.Code);
    }

    [Fact]
    public async Task The_coin_falls_as_often_as_the_share_says_and_for_the_same_decisions_in_any_batch()
    {
        var (whole, parts) = (await InMemory(out _).WithAgentAsync(Audited(0.1)), await InMemory(out _).WithAgentAsync(Audited(0.1)));
        Decision[] decisions = [.. Enumerable.Range(0, 2_000).Select(static i => Decision($"d-{i}"))];
        await whole.AcceptAsync(decisions[..1_000]);
        await whole.AcceptAsync(decisions[1_000..]);
        foreach (var part in decisions.Reverse().Chunk(70)) await parts.AcceptAsync(part);
        await parts.AcceptAsync(decisions[..50]);

        var drawn = Waiting(whole).Select(static one => one.DecisionId).Order(StringComparer.Ordinal).ToList();
        // 200 expected of 2,000; four standard deviations are 54.
        Assert.InRange(drawn.Count, 146, 254);
        Assert.Equal(drawn, Waiting(parts).Select(static one => one.DecisionId).Order(StringComparer.Ordinal));
        Assert.All(Waiting(whole), static one => Assert.Equal((0.1, Standing.Drawn), (one.Standing.Propensity, one.WhyAsked)));
    }

    [Fact]
    public async Task No_more_wait_than_the_budget_allows()
    {
        var desk = await InMemory(out _).WithAgentAsync(Audited(1, maxOpen: 3));
        await desk.AcceptAsync([.. Enumerable.Range(0, 10).Select(static i => Decision($"d-{i}"))]);
        Assert.Equal(3, Waiting(desk).Count);

        Assert.IsType<Answer<Standing>.Granted>(await desk.RuleAsync(Waiting(desk)[0].DecisionId, CorrectionVerdict.Confirm, null, "lead"));
        await desk.AcceptAsync([.. Enumerable.Range(10, 10).Select(static i => Decision($"d-{i}"))]);
        Assert.Equal(3, Waiting(desk).Count);
    }

    [Fact]
    public async Task A_persons_answer_carries_the_propensity_into_learning()
    {
        var desk = await InMemory(out _).WithAgentAsync(Audited(1));
        await desk.AcceptAsync(Decision("d-1"));
        Assert.Equal("review.ruler-is-no-person", Assert.IsType<Answer<Standing>.Refused>(await desk.RuleAsync("d-1", CorrectionVerdict.Confirm, null, "policy:x")).Why.Code);
        Assert.IsType<Answer<Standing>.Granted>(await desk.RuleAsync("d-1", CorrectionVerdict.Confirm, null, "lead"));

        var learned = Only(desk);
        Assert.Equal((1.0, false, "billing"), (learned.Propensity, learned.Ruling.IsWrong, learned.Ruling.Truth!.Label));
        Assert.Empty(Waiting(desk));
        Assert.Contains("\"propensity\":1", CaseManifest.Line(learned), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_somebody_volunteers_of_a_drawn_decision_teaches_at_once_but_answers_for_nobody()
    {
        var desk = await InMemory(out _).WithAgentAsync(Audited(1));
        await desk.AcceptAsync(Decision("d-1"));
        await desk.AcceptAsync(Correction("d-1", "cards", "ann"));

        Assert.Equal(("policy:fast-lane", null), (Only(desk).Ruling.By, Only(desk).Propensity));
        Assert.Equal(Standing.Drawn, Assert.Single(Waiting(desk)).WhyAsked);
        // Who takes part does not answer for the sample.
        Assert.Equal("review.own-correction", Assert.IsType<Answer<Standing>.Refused>(await desk.RuleAsync("d-1", CorrectionVerdict.Modify, "cards", "ann")).Why.Code);
        Assert.IsType<Answer<Standing>.Granted>(await desk.RuleAsync("d-1", CorrectionVerdict.Modify, "cards", "lead"));
        Assert.Equal(("lead", 1.0), (Only(desk).Ruling.By, Only(desk).Propensity));
    }

    [Fact]
    public async Task A_correction_of_a_decision_that_was_not_drawn_never_has_a_propensity()
    {
        var desk = await InMemory(out _).WithAgentAsync();
        await desk.AcceptAsync(Decision("d-1"));
        await desk.AcceptAsync(Correction("d-1", "cards", "ann"), Correction("d-1", "fraud", "bo"));
        await desk.RuleAsync("d-1", CorrectionVerdict.Modify, "cards", "lead");
        Assert.Equal(("lead", null), (Only(desk).Ruling.By, Only(desk).Propensity));
    }

    [Fact]
    public async Task Answers_behind_a_gap_prove_nothing_until_it_is_closed()
    {
        var desk = await InMemory(out _).WithAgentAsync(Audited(1));
        foreach (var i in new[] { 1, 2, 3, 4 }) await desk.AcceptAsync(Decision($"d-{i}"));
        foreach (var i in new[] { 1, 3, 4 }) await desk.RuleAsync($"d-{i}", CorrectionVerdict.Confirm, null, "lead");
        var audits = new Audits(desk.Store);

        Assert.Equal(["d-1"], Counting());
        Assert.Equal((4L, 3L, 1L, "d-2"), audits.Of(desk.Agents.Find("router")!) is var open ? (open.Drawn, open.Answered, open.Counting, open.OldestOpen) : default);
        await desk.RuleAsync("d-2", CorrectionVerdict.Reject, null, "lead");
        Assert.Equal(["d-1", "d-2", "d-3", "d-4"], Counting());
        Assert.Equal((4L, 4L, null), audits.Of(desk.Agents.Find("router")!) is var done ? (done.Drawn, done.Counting, done.OldestOpen) : default);

        IEnumerable<string> Counting() => audits.InOrder("router", [.. new LearningCases(desk.Store, desk.Agents).Read("router")], long.MaxValue)
            .Where(static one => one.Propensity is not null).Select(static one => one.Decision.Id);
    }

    [Fact]
    public async Task A_draw_comes_back_from_the_journal_as_it_was()
    {
        using var folder = new TemporaryFolder();
        var clock = new ManualClock();
        await using var engine = await EmendEngine.OpenAsync(new() { DataDirectory = Path.Combine(folder.Path, "data"), Clock = clock }, default);
        await engine.AgentHandler.HandleAsync(new RegisterAgent(Audited(0.3), new("ada")), default);
        foreach (var i in Enumerable.Range(0, 60)) await engine.Intake.Decisions.HandleAsync([Decision($"d-{i}")], new("importer"), default);
        var waiting = engine.Reviews.Waiting("router").Select(static one => one.DecisionId).ToList();
        Assert.InRange(waiting.Count, 5, 35);
        await engine.Rulings.HandleAsync(new(waiting[0], CorrectionVerdict.Confirm, null, "looked at it", new("lead")), default);
        // Another share now does not draw again what was decided under the old one.
        await engine.AgentHandler.HandleAsync(new ChangeAgent(Audited(1), new("ada")), default);

        var before = StateDigest.Of(engine.Store);
        await RebuildProjections.RunAsync(engine.Store, null, default);
        Assert.Equal(before, StateDigest.Of(engine.Store));
        Assert.Equal(waiting.Skip(1), engine.Reviews.Waiting("router").Select(static one => one.DecisionId));
    }

    [Fact]
    public async Task Enough_answered_draws_license_a_corrector_in_a_running_engine_and_none_do_not()
    {
        using var folder = new TemporaryFolder();
        var cases = RoutedTexts.Of(1, 900);
        Assert.Equal((true, true, AuditVerdict.Gain), await LearnAsync(0.5));
        Assert.Equal((false, false, null), await LearnAsync(0));

        // Who is drawn is ruled, right or wrong; everybody else is spoken of only where wrong.
        async Task<(bool Certified, bool Acts, AuditVerdict? Gains)> LearnAsync(double share)
        {
            var clock = new ManualClock(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));
            await using var engine = await EmendEngine.OpenAsync(new() { DataDirectory = Path.Combine(folder.Path, share.ToString(CultureInfo.InvariantCulture)), Clock = clock }, default);
            await engine.AgentHandler.HandleAsync(new RegisterAgent(new() { Id = "desk", Envelope = new() { IsOpen = true }, Audit = new() { Share = share, MaxOpen = 1_000 } }, new("ada")), default);
            await engine.Intake.Decisions.HandleAsync([.. cases.Select(static one => one.Decision)], new("importer"), default);
            var drawn = engine.Reviews.Waiting("desk").Select(static one => one.DecisionId).ToHashSet(StringComparer.Ordinal);
            foreach (var (decision, ruling) in cases)
            {
                if (drawn.Contains(decision.Id))
                {
                    var verdict = ruling.IsWrong ? CorrectionVerdict.Modify : CorrectionVerdict.Confirm;
                    Assert.IsType<Answer<Standing>.Granted>(await engine.Rulings.HandleAsync(new(decision.Id, verdict, ruling.IsWrong ? ruling.Truth : null, "looked at it", new("lead")), default));
                }
                else if (ruling.IsWrong)
                {
                    await engine.Intake.Corrections.HandleAsync([Correction(decision.Id, ruling.Truth!.Label, "ann", decision.OccurredAt + 1)], new("importer"), default);
                }
            }
            var prepared = Assert.IsType<Answer<PreparedCandidate>.Granted>(await engine.Prepare.HandleAsync(new PrepareCandidate("desk", new("ada")), default)).Value;
            var built = prepared.Built;
            var report = built.Report.Corrector!;
            Assert.Equal(drawn.Count, report.Audited);
            if (report.Certificate is null) Assert.True(report.MissingAudits > 0);
            var snapshot = engine.Snapshots.Of(prepared.Digest)!;
            var evaluated = Assert.IsType<Answer<EvaluationReport>.Granted>(await engine.Evaluate.HandleAsync(
                new EvaluateCandidate(prepared.Digest, new("ada")), snapshot.Agent, engine.Source.GroundOf(snapshot, null, engine.Source.Cases(snapshot)), new ReplayOptions(), default)).Value;
            Assert.Equal(share > 0 ? (900L, drawn.Count) : (0L, 0), (evaluated.Audited?.Decisions ?? 0, (int)(evaluated.Audited?.Answered ?? 0)));
            if (drawn.Count > 0) Assert.Contains("drawn at random (50 % are)", string.Join('\n', Assert.IsType<Answer<Engine.Lineage.DecisionExplanation>.Granted>(engine.Explain.Of(drawn.First(), isClear: true)).Value.Text), StringComparison.Ordinal);
            return (report.Certificate is not null, built.Bundle.Corrector is not null, evaluated.Audited?.Verdict);
        }
    }
}
