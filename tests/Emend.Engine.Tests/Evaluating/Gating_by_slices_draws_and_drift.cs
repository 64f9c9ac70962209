using System.Collections.Immutable;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Evaluating.Statistics;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Rules;
using static Emend.Engine.Tests.Evaluating.Cases;

namespace Emend.Engine.Tests.Evaluating;

public class Gating_by_slices_draws_and_drift
{
    private static readonly Bundle XToB = Bundle(Override("x", "b"));

    // Fixes and breaks of the rule x -> b, by a feature that says in which slice each is.
    private static IEnumerable<ReplayCase> Sliced(int from, bool vip, int fixes, int breaks) => Enumerable.Range(0, fixes + breaks).Select(i =>
    {
        var known = Known(from + i, "a", "x", i < fixes ? "b" : "a");
        return known with { Decision = known.Decision with { Context = Context.Of([new("topic", FeatureValue.Of("x")), new("vip", FeatureValue.Of(vip))]) } };
    });

    private static IEnumerable<ReplayCase> Untouched(int from, int count) => Enumerable.Range(from, count).Select(static i => Known(i, "a", "y", "a"));

    private static Task<EvaluationReport> Evaluate(IEnumerable<ReplayCase> history, Func<EvaluationInput, EvaluationInput>? with = null)
    {
        var cases = history.ToArray();
        var input = new EvaluationInput { Agent = new() { Id = "router" }, Candidate = XToB, CandidateDigest = DigestOf(XToB), History = () => cases, DigestOf = DigestOf };
        return Evaluation.RunAsync(with?.Invoke(input) ?? input, CancellationToken.None);
    }

    private static GateResult Gate(EvaluationReport report, string id) => Assert.Single(report.Gates, gate => gate.Id == id);

    [Fact]
    public async Task a_slice_that_pays_for_the_gain_of_the_whole_blocks()
    {
        var report = await Evaluate([.. Sliced(0, vip: false, 240, 0), .. Sliced(1_000, vip: true, 0, 9), .. Untouched(2_000, 1_000)]);

        Assert.Equal(GateVerdict.Pass, Gate(report, GainGate.Id).Verdict);
        Assert.Equal(GateVerdict.Pass, Gate(report, HarmGate.Id).Verdict);
        Assert.Equal(GateVerdict.Block, Gate(report, SliceGate.Id).Verdict);
        Assert.Contains("vip true: 0 fixes, 9 breaks", Gate(report, SliceGate.Id).Reason, StringComparison.Ordinal);
        Assert.Equal(EvaluationResult.Blocked, report.Result);
    }

    [Fact]
    public async Task harm_that_chance_would_show_among_so_many_slices_warns_and_does_not_block()
    {
        // p of 0 fixes against 5 breaks is 1/32; four slices are looked at.
        var report = await Evaluate([.. Sliced(0, vip: false, 120, 0), .. Sliced(1_000, vip: true, 0, 5), .. Untouched(2_000, 1_000)]);
        Assert.Equal(GateVerdict.Warn, Gate(report, SliceGate.Id).Verdict);
        Assert.Equal(GateVerdict.Pass, Gate(await Evaluate([.. Sliced(0, vip: false, 120, 0), .. Untouched(2_000, 1_000)]), SliceGate.Id).Verdict);
    }

    [Theory]
    [InlineData(nameof(RiskClass.Low), nameof(GateVerdict.Warn))]
    [InlineData(nameof(RiskClass.High), nameof(GateVerdict.Block))]
    public async Task a_slice_of_high_risk_blocks_whatever_the_number_of_slices(string risk, string verdict)
    {
        var bundle = Bundle(Override("x", "b"), Override("z", "c"));
        IEnumerable<ReplayCase> breaks = Enumerable.Range(1_000, 5).Select(static i => Known(i, "a", "z", "a"));
        var report = await Evaluate([.. Sliced(0, vip: false, 120, 0), .. breaks, .. Untouched(2_000, 1_000)], input => input with
        {
            Candidate = bundle,
            CandidateDigest = DigestOf(bundle),
            Agent = input.Agent with { ActionRisk = ImmutableSortedDictionary<string, RiskClass>.Empty.Add("c", Enum.Parse<RiskClass>(risk)) },
        });
        Assert.Equal(Enum.Parse<GateVerdict>(verdict), Gate(report, SliceGate.Id).Verdict);
    }

    // People report errors only; beside them one in five decisions is drawn and answered, right or wrong.
    private static IEnumerable<ReplayCase> Reported(int changed, int breaksAmongDrawn, int drawnEvery = 5)
    {
        var broken = 0;
        for (var i = 0; i < changed; i++)
        {
            var drawn = i % drawnEvery == 0;
            if (!drawn)
            {
                yield return ReplayCase.Unjudged(Decision(i, "a", "x")) with { AuditShare = 1.0 / drawnEvery };
                continue;
            }
            var isBreak = broken < breaksAmongDrawn;
            if (isBreak) broken++;
            yield return Known(i, "a", "x", isBreak ? "a" : "b") with { AuditShare = 1.0 / drawnEvery, IsAudited = true };
        }
        // Untouched decisions, drawn likewise: their proposals were right.
        for (var i = 0; i < 2_000; i++)
        {
            var one = i % drawnEvery == 0 ? Known(10_000 + i, "a", "y", "a") with { IsAudited = true } : ReplayCase.Unjudged(Decision(10_000 + i, "a", "y"));
            yield return one with { AuditShare = 1.0 / drawnEvery };
        }
    }

    [Fact]
    public async Task drawn_decisions_prove_a_gain_where_reported_errors_cannot()
    {
        var drawn = await Evaluate(Reported(changed: 300, breaksAmongDrawn: 1));
        Assert.Equal(GateVerdict.Pass, Gate(drawn, GainGate.Id).Verdict);
        Assert.Contains("drawn at random", Gate(drawn, GainGate.Id).Reason, StringComparison.Ordinal);
        Assert.Equal(GateVerdict.Pass, Gate(drawn, HarmGate.Id).Verdict);
        Assert.Equal((AuditVerdict.Gain, 60L, 2_300L), (drawn.Audited!.Verdict, drawn.Audited.Disagreements, drawn.Audited.Decisions));
        Assert.InRange(58.0 / 60 * 300 / 2_300, drawn.Audited.Bound.Lower, drawn.Audited.Bound.Upper);
        Assert.Contains("\"audited\":{", drawn.Canonical(), StringComparison.Ordinal);
        Assert.Contains("It gains", drawn.Text(), StringComparison.Ordinal);

        // The same answers, as if people had chosen to speak: nobody would have heard of a break.
        var volunteered = await Evaluate(Reported(300, 0).Where(static one => one.Evidence == CaseEvidence.None || one.ProposalIsWrong).Select(static one => one with { AuditShare = 0, IsAudited = false }));
        Assert.Equal(GateVerdict.InsufficientEvidence, Gate(volunteered, GainGate.Id).Verdict);
        Assert.Null(volunteered.Audited);
    }

    [Fact]
    public async Task too_few_draws_are_no_licence_to_overlook_what_nobody_judged()
    {
        // Some drawn decisions were right. They do not make what people reported a sample.
        var report = await Evaluate(Reported(changed: 100, breaksAmongDrawn: 0));
        Assert.Equal(AuditVerdict.InsufficientEvidence, report.Audited!.Verdict);
        Assert.Equal(GateVerdict.InsufficientEvidence, Gate(report, GainGate.Id).Verdict);
        Assert.Contains("Insufficient evidence: about", report.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_loss_shown_by_draws_blocks_whatever_people_reported()
    {
        // Reported: 200 fixes. Drawn: nearly all changes break something.
        IEnumerable<ReplayCase> reported = Enumerable.Range(50_000, 200).Select(static i => Known(i, "a", "x", "b"));
        var report = await Evaluate([.. Reported(changed: 300, breaksAmongDrawn: 58), .. reported]);
        Assert.Equal(GateVerdict.Block, Gate(report, GainGate.Id).Verdict);
        Assert.Contains("say it loses", Gate(report, GainGate.Id).Reason, StringComparison.Ordinal);
    }

    private static LearningCase Drawn(int number, string truth, string by = "lea") =>
        Ruled(number, "a", "x", truth) is var one ? one with { Ruling = one.Ruling with { Submitters = [], Corrections = [], By = by }, Propensity = 0.1 } : null!;

    private static readonly Rule Mined = Override("x", "b") with { Evidence = ["d-1", "d-2"] };

    private static List<LearningCase> Looks(int right, int wrong) =>
    [
        Ruled(1, "a", "x", "b"), Ruled(2, "a", "x", "b"),
        .. Enumerable.Range(100, right).Select(static i => Drawn(i, "b")), .. Enumerable.Range(100 + right, wrong).Select(static i => Drawn(i, "a")),
    ];

    [Theory]
    [InlineData(0, 0, false, nameof(GateVerdict.Warn))]
    [InlineData(0, 0, true, nameof(GateVerdict.Block))]
    [InlineData(29, 0, true, nameof(GateVerdict.Block))]
    [InlineData(30, 0, true, nameof(GateVerdict.Pass))]
    [InlineData(28, 2, true, nameof(GateVerdict.Pass))]
    [InlineData(5, 3, false, nameof(GateVerdict.Block))]     // cannot pass any more
    [InlineData(40, 5, false, nameof(GateVerdict.Pass))]     // the plan looks at the first thirty and no more
    public async Task a_mined_rule_passes_with_28_of_30_drawn_decisions(int right, int wrong, bool required, string verdict)
    {
        var bundle = Bundle(Mined);
        var report = await Evaluate(Untouched(0, 10), input => input with
        {
            Candidate = bundle,
            CandidateDigest = DigestOf(bundle),
            Cases = Looks(right, wrong),
            ProposedAt = new Dictionary<string, long> { [Mined.Id] = Noon + (50 * Minute) },
            Agent = input.Agent with { Audit = new() { Share = 0.1, RequiresActivation = required } },
        });
        Assert.Equal(Enum.Parse<GateVerdict>(verdict), Gate(report, ActivationGate.Id).Verdict);
    }

    [Fact]
    public void what_it_may_have_been_mined_from_and_who_wrote_its_evidence_do_not_count()
    {
        var cases = Looks(30, 0);
        Assert.Equal(30, ActivationAudit.Of(Mined, Noon, cases).Looked);
        // Decided before the rule was first proposed.
        Assert.Equal(10, ActivationAudit.Of(Mined, Noon + (119 * Minute), cases).Looked);
        Assert.Equal(0, ActivationAudit.Of(Mined, long.MaxValue, cases).Looked);
        // Answered by somebody the rule stands on: rosa.
        Assert.Equal(0, ActivationAudit.Of(Mined, Noon, [.. cases.Take(2), .. Enumerable.Range(100, 30).Select(static i => Drawn(i, "b", by: "rosa"))]).Looked);
        // Nobody was asked: somebody chose to speak.
        Assert.Equal(0, ActivationAudit.Of(Mined, Noon, [.. cases.Select(static one => one with { Propensity = null })]).Looked);
    }

    [Fact]
    public void a_rule_that_is_right_four_times_in_five_passes_in_one_of_twenty_at_most()
    {
        var random = new Random(21);
        var passed = 0;
        for (var run = 0; run < 2_000; run++)
        {
            var cases = Enumerable.Range(100, 30).Select(i => Drawn(i, random.NextDouble() < 0.8 ? "b" : "a")).ToList();
            if (ActivationAudit.Of(Mined, Noon, cases).IsPassed) passed++;
        }
        // 4.4 % by the binomial; three standard errors are 1.4 %.
        Assert.InRange(passed / 2_000.0, 0.030, 0.058);
    }

    [Theory]
    [InlineData(true, nameof(GateVerdict.Block))]
    [InlineData(false, nameof(GateVerdict.InsufficientEvidence))]
    public async Task what_was_suspended_for_doing_harm_does_not_come_again(bool automatic, string verdict)
    {
        var history = Sliced(0, vip: false, 60, 0).ToList();
        var again = await Evaluate(history, input => input with { IsAutomatic = automatic, Suspended = ["r-x-b"] });
        Assert.Equal(Enum.Parse<GateVerdict>(verdict), Gate(again, DriftGate.Id).Verdict);
        Assert.Equal(GateVerdict.Pass, Gate(await Evaluate(history, input => input with { IsAutomatic = automatic, Suspended = ["r-z-c"] }), DriftGate.Id).Verdict);
        Assert.Equal(GateVerdict.Warn, Gate(await Evaluate(history, static input => input with { Alarms = ["router"] }), DriftGate.Id).Verdict);
        Assert.Equal(GateVerdict.Pass, Gate(await Evaluate(history), DriftGate.Id).Verdict);
    }
}
