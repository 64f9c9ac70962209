using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Evaluating.Golden;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Guardrails;
using Emend.Logic.Rules;
using static Emend.Engine.Tests.Evaluating.Cases;

namespace Emend.Engine.Tests.Evaluating;

public class Judging_a_candidate
{
    private static readonly Bundle XToB = Bundle(Override("x", "b"));

    /// <summary>Decisions the rule x -> b turns from a into b: as many fixes, breaks and unjudged ones as asked for, and untouched right ones.</summary>
    private static IEnumerable<ReplayCase> History(int fixes, int breaks, int unjudged = 0, int untouched = 1_000, CaseEvidence evidence = CaseEvidence.HeldOut)
    {
        var number = 0;
        for (var i = 0; i < fixes; i++) yield return Known(number++, "a", "x", "b", evidence);
        for (var i = 0; i < breaks; i++) yield return Known(number++, "a", "x", "a", evidence);
        for (var i = 0; i < unjudged; i++) yield return ReplayCase.Unjudged(Decision(number++, "a", "x"));
        for (var i = 0; i < untouched; i++) yield return Known(number++, "a", "y", "a", evidence);
    }

    private static Task<EvaluationReport> Evaluate(IEnumerable<ReplayCase> history, Func<EvaluationInput, EvaluationInput>? with = null)
    {
        var cases = history.ToArray();
        var input = new EvaluationInput
        {
            Agent = new() { Id = "router" },
            Candidate = XToB,
            CandidateDigest = DigestOf(XToB),
            History = () => cases,
            DigestOf = DigestOf,
        };
        return Evaluation.RunAsync(with?.Invoke(input) ?? input, CancellationToken.None);
    }

    private static GateResult Gate(EvaluationReport report, string id) => Assert.Single(report.Gates, gate => gate.Id == id);

    [Fact]
    public async Task passes_when_the_gain_is_beyond_chance_and_the_harm_is_bounded()
    {
        var report = await Evaluate(History(fixes: 60, breaks: 0), static input => input with { Golden = GoldenSet.Of([new("g", Decision(9_000, "a", "y"), new("a"), "")]) });

        Assert.Equal(EvaluationResult.Passed, report.Result);
        Assert.All(report.Gates, static gate => Assert.NotEmpty(gate.Reason));
    }

    [Theory]
    [InlineData(5, 0, nameof(GateVerdict.Pass))]                    // p = 1/32
    [InlineData(4, 0, nameof(GateVerdict.InsufficientEvidence))]    // p = 1/16
    [InlineData(0, 0, nameof(GateVerdict.InsufficientEvidence))]
    [InlineData(22, 13, nameof(GateVerdict.InsufficientEvidence))]  // p = 0.088
    [InlineData(25, 13, nameof(GateVerdict.Pass))]                  // p = 0.036
    [InlineData(13, 15, nameof(GateVerdict.Block))]                 // loses
    [InlineData(1, 2, nameof(GateVerdict.InsufficientEvidence))]    // loses, but three cases say nothing
    public async Task asks_for_more_fixes_than_chance_would_give(int fixes, int breaks, string verdict) =>
        Assert.Equal(Enum.Parse<GateVerdict>(verdict), Gate(await Evaluate(History(fixes, breaks)), GainGate.Id).Verdict);

    [Fact]
    public async Task says_how_many_more_fixes_would_show_a_gain()
    {
        var gate = Gate(await Evaluate(History(fixes: 4, breaks: 0)), GainGate.Id);
        Assert.Contains("1 more fix without a break", gate.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(29, 0, nameof(RiskClass.Low), nameof(GateVerdict.Pass))]
    [InlineData(28, 0, nameof(RiskClass.Low), nameof(GateVerdict.InsufficientEvidence))]
    [InlineData(59, 0, nameof(RiskClass.Medium), nameof(GateVerdict.Pass))]
    [InlineData(58, 0, nameof(RiskClass.Medium), nameof(GateVerdict.InsufficientEvidence))]
    [InlineData(149, 0, nameof(RiskClass.High), nameof(GateVerdict.Pass))]
    [InlineData(80, 20, nameof(RiskClass.Low), nameof(GateVerdict.Block))]                // 20 % broken: at least 13.6 %
    [InlineData(19, 2, nameof(RiskClass.Low), nameof(GateVerdict.InsufficientEvidence))]  // 9.5 % broken: at least 1.7 %, at most 27 %
    public async Task bounds_what_goes_wrong_by_the_risk_of_the_agent(int fixes, int breaks, string risk, string verdict) =>
        Assert.Equal(Enum.Parse<GateVerdict>(verdict), Gate(await Evaluate(History(fixes, breaks), input => input with { Agent = input.Agent with { Risk = Enum.Parse<RiskClass>(risk) } }), HarmGate.Id).Verdict);

    [Theory]
    [InlineData(nameof(RiskClass.Low), nameof(GateVerdict.Warn))]
    [InlineData(nameof(RiskClass.Medium), nameof(GateVerdict.Block))]
    public async Task refuses_one_wrong_action_in_place_of_another_only_where_there_is_risk(string risk, string verdict)
    {
        var history = History(60, 0).Concat(Enumerable.Range(5_000, 40).Select(static i => Known(i, "a", "x", "neither")));
        Assert.Equal(Enum.Parse<GateVerdict>(verdict), Gate(await Evaluate(history, input => input with { Agent = input.Agent with { Risk = Enum.Parse<RiskClass>(risk) } }), HarmGate.Id).Verdict);
    }

    [Fact]
    public async Task does_not_take_cases_it_was_built_from_for_proof()
    {
        var report = await Evaluate(History(fixes: 60, breaks: 0, evidence: CaseEvidence.Training));

        Assert.Equal(GateVerdict.InsufficientEvidence, Gate(report, GainGate.Id).Verdict);
        Assert.Equal(GateVerdict.InsufficientEvidence, Gate(report, HarmGate.Id).Verdict);
        Assert.Equal(EvaluationResult.NeedsEvidence, report.Result);
    }

    [Fact]
    public async Task takes_every_unjudged_change_for_a_break_where_people_only_report_errors()
    {
        // All reviewed cases were wrong: nobody ever looked at a right decision, so no break could show.
        var volunteered = await Evaluate(History(fixes: 40, breaks: 0, unjudged: 40, untouched: 0));
        Assert.Equal(GateVerdict.InsufficientEvidence, Gate(volunteered, GainGate.Id).Verdict);
        Assert.Equal(GateVerdict.InsufficientEvidence, Gate(volunteered, HarmGate.Id).Verdict);

        var sampled = await Evaluate(History(fixes: 40, breaks: 0, unjudged: 40, untouched: 30));
        Assert.Equal(GateVerdict.Pass, Gate(sampled, GainGate.Id).Verdict);
        Assert.Equal(GateVerdict.Pass, Gate(sampled, HarmGate.Id).Verdict);
    }

    [Fact]
    public async Task finds_a_learner_that_only_remembers_out_by_cross_fitting()
    {
        // Each topic is seen once, so a rule per topic is right on its own case and on no other.
        var cases = Enumerable.Range(0, 100).Select(static i => Ruled(i, "a", $"topic-{i}", "b")).ToArray();
        Rebuild memory = static seen => Bundle([.. seen.Select(static one => Override(one.Decision.Context["topic"].AsString, "b"))]);
        var learned = memory(cases);

        var report = await Evaluate(
            cases.Select(static one => ReplayCase.Reviewed(one, CaseEvidence.Training)),
            input => input with { Candidate = learned, CandidateDigest = DigestOf(learned), Cases = cases, Rebuild = memory, Policy = input.Policy with { Selection = ReviewSelection.Random } });

        Assert.Equal(GateVerdict.InsufficientEvidence, Gate(report, GainGate.Id).Verdict);
    }

    [Fact]
    public async Task counts_a_learner_that_generalises_by_cross_fitting()
    {
        var cases = Enumerable.Range(0, 100).Select(static i => Ruled(i, "a", i % 2 == 0 ? "x" : "y", i % 2 == 0 ? "b" : "a", i % 3 == 0 ? "rosa" : "bo")).ToArray();
        Rebuild mine = static seen => seen.Any(static one => one.Ruling.IsWrong) ? XToB : Bundle();

        var report = await Evaluate(
            cases.Select(static one => ReplayCase.Reviewed(one, CaseEvidence.Training)),
            input => input with { Cases = cases, Rebuild = mine, Policy = input.Policy with { MaxChangedShare = 1 } });

        Assert.Equal(GateVerdict.Pass, Gate(report, GainGate.Id).Verdict);
        Assert.Equal(GateVerdict.Pass, Gate(report, HarmGate.Id).Verdict);
        Assert.Equal(GateVerdict.Pass, Gate(report, ReproducibleGate.Id).Verdict);
        Assert.Equal(GateVerdict.Pass, Gate(report, ProvenanceGate.Id).Verdict);
    }

    [Fact]
    public async Task blocks_a_bundle_that_cannot_be_rebuilt()
    {
        var report = await Evaluate(History(60, 0), static input => input with { Rebuild = static _ => Bundle(Override("x", "c")) });
        Assert.Equal(GateVerdict.Block, Gate(report, ReproducibleGate.Id).Verdict);
    }

    [Fact]
    public async Task blocks_on_a_single_protected_case_newly_wrong()
    {
        var golden = GoldenSet.Of([new("vip", Decision(9_000, "a", "x"), new("a"), "contract"), new("hopeless", Decision(9_001, "a", "y"), new("z"), "")]);
        var report = await Evaluate(History(60, 0), input => input with { Golden = golden });
        var gate = Gate(report, GoldenSetGate.Id);

        Assert.Equal(GateVerdict.Block, gate.Verdict);
        Assert.Contains("vip", gate.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("hopeless", gate.Reason, StringComparison.Ordinal);
        Assert.Equal(EvaluationResult.Blocked, report.Result);
    }

    [Fact]
    public async Task blocks_a_candidate_that_undoes_an_earlier_fix_unless_corrections_were_withdrawn()
    {
        var incumbent = Bundle(Override("y", "c"));
        var history = History(60, 0).Append(Known(5_000, "a", "y", "c", CaseEvidence.Training)).ToArray();

        Assert.Equal(GateVerdict.Block, Gate(await Evaluate(history, input => input with { Incumbent = incumbent }), GoldenSetGate.Id).Verdict);
        Assert.Equal(GateVerdict.Warn, Gate(await Evaluate(history, input => input with { Incumbent = incumbent, Purpose = EvaluationPurpose.Withdraw }), GoldenSetGate.Id).Verdict);
    }

    [Fact]
    public async Task judges_a_withdrawal_against_the_agent_alone()
    {
        // Everything the incumbent did goes: against the incumbent a loss of 60, against the agent no change at all.
        var report = await Evaluate(History(60, 0, evidence: CaseEvidence.Training), static input => input with
        {
            Candidate = Bundle(),
            CandidateDigest = DigestOf(Bundle()),
            Incumbent = XToB,
            Purpose = EvaluationPurpose.Withdraw,
        });

        Assert.Equal(GateVerdict.Pass, Gate(report, GainGate.Id).Verdict);
        Assert.Equal(GateVerdict.Pass, Gate(report, HarmGate.Id).Verdict);
        Assert.NotEqual(EvaluationResult.Blocked, report.Result);
    }

    [Fact]
    public async Task blocks_when_a_rule_runs_into_a_guardrail()
    {
        var rail = new Guardrail { Id = "never-b", When = new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of("b")), Effect = GuardrailEffect.Escalate };
        var candidate = XToB with { Guardrails = [rail] };
        var report = await Evaluate(History(60, 0), input => input with { Candidate = candidate, Agent = input.Agent with { Guardrails = [rail] } });

        Assert.Equal(GateVerdict.Block, Gate(report, GuardrailGate.Id).Verdict);
    }

    [Theory]
    [InlineData("b", false, nameof(GateVerdict.Block))]     // whenever the rule holds, it does what the guardrail stops
    [InlineData("b", true, nameof(GateVerdict.Warn))]       // only where the amount is high, which the history never saw
    [InlineData("c", false, nameof(GateVerdict.Pass))]
    public async Task looks_beyond_the_history_for_guardrails_a_rule_could_run_into(string guarded, bool onlyHigh, string verdict)
    {
        Condition action = new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of(guarded));
        var when = onlyHigh ? new All([action, new Predicate(Operand.Feature("amount"), Comparison.Gt, FeatureValue.Of(500))]) : action;
        var rail = new Guardrail { Id = "rail", When = when, Effect = GuardrailEffect.Block };
        var report = await Evaluate(History(0, 0), input => input with { Candidate = XToB with { Guardrails = [rail] }, Agent = input.Agent with { Guardrails = [rail] } });

        Assert.Equal(Enum.Parse<GateVerdict>(verdict), Gate(report, GuardrailGate.Id).Verdict);
    }

    [Fact]
    public async Task blocks_a_candidate_that_left_a_guardrail_of_the_agent_out()
    {
        var rail = new Guardrail { Id = "never-z", When = new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of("z")), Effect = GuardrailEffect.Block };
        var report = await Evaluate(History(60, 0), input => input with { Agent = input.Agent with { Guardrails = [rail] } });

        Assert.Equal(GateVerdict.Block, Gate(report, GuardrailGate.Id).Verdict);
    }

    [Theory]
    [InlineData(10, 990, nameof(GateVerdict.Pass))]
    [InlineData(100, 900, nameof(GateVerdict.Warn))]
    [InlineData(500, 500, nameof(GateVerdict.Block))]
    public async Task bounds_the_share_of_decisions_a_release_changes(int changed, int untouched, string verdict) =>
        Assert.Equal(Enum.Parse<GateVerdict>(verdict), Gate(await Evaluate(History(changed, 0, untouched: untouched)), BlastRadiusGate.Id).Verdict);

    [Fact]
    public async Task holds_an_automatic_change_to_the_envelope()
    {
        var history = History(60, 0).ToArray();
        var automatic = await Evaluate(history, static input => input with { IsAutomatic = true, Agent = input.Agent with { Envelope = new() { IsOpen = true, MaxDecisionsPerDay = 30 } } });
        var asked = await Evaluate(history, static input => input with { Agent = input.Agent with { Envelope = new() { IsOpen = true, MaxDecisionsPerDay = 30 } } });

        Assert.Equal(GateVerdict.Block, Gate(automatic, BlastRadiusGate.Id).Verdict);
        Assert.Equal(GateVerdict.Warn, Gate(asked, BlastRadiusGate.Id).Verdict);
    }

    [Fact]
    public async Task limits_changes_to_actions_of_high_risk()
    {
        var report = await Evaluate(History(60, 0), static input => input with { Agent = input.Agent with { ActionRisk = input.Agent.ActionRisk.Add("b", RiskClass.High) } });
        Assert.Equal(GateVerdict.Block, Gate(report, BlastRadiusGate.Id).Verdict);
    }

    [Theory]
    [InlineData(1, nameof(RiskClass.Low), false, nameof(GateVerdict.InsufficientEvidence))]
    [InlineData(1, nameof(RiskClass.Low), true, nameof(GateVerdict.Block))]
    [InlineData(1, nameof(RiskClass.High), false, nameof(GateVerdict.Block))]
    [InlineData(2, nameof(RiskClass.Low), true, nameof(GateVerdict.Pass))]
    public async Task wants_every_generalised_rule_to_stand_on_several_people(int submitters, string risk, bool automatic, string verdict)
    {
        var candidate = Bundle(Override("x", "b", submitters: submitters));
        var report = await Evaluate(History(200, 0), input => input with { Candidate = candidate, IsAutomatic = automatic, Agent = input.Agent with { Risk = Enum.Parse<RiskClass>(risk) } });
        Assert.Equal(Enum.Parse<GateVerdict>(verdict), Gate(report, ProvenanceGate.Id).Verdict);
    }

    [Fact]
    public async Task sees_a_gain_that_hangs_on_one_person()
    {
        var history = Enumerable.Range(0, 20).Select(static i => Known(i, "a", "x", "b", by: "mallory"))
            .Concat(Enumerable.Range(20, 4).Select(static i => Known(i, "a", "x", "b", by: "bo")))
            .Concat(Enumerable.Range(24, 5).Select(static i => Known(i, "a", "x", "a", by: "bo")))
            .ToArray();
        Assert.Equal(GateVerdict.InsufficientEvidence, Gate(await Evaluate(history), ProvenanceGate.Id).Verdict);
    }

    [Fact]
    public async Task does_not_ask_remembered_corrections_for_a_gain()
    {
        var exact = Bundle(Override("x", "b", RuleOrigin.Exact, submitters: 1));
        var report = await Evaluate(History(1, 0), input => input with { Candidate = exact });

        Assert.Equal(GateVerdict.NotApplicable, Gate(report, GainGate.Id).Verdict);
        Assert.Equal(GateVerdict.NotApplicable, Gate(report, HarmGate.Id).Verdict);
        Assert.Equal(EvaluationResult.Passed, report.Result);
    }

    [Fact]
    public async Task lets_a_maintenance_release_pass_that_changes_nothing()
    {
        var report = await Evaluate(History(0, 0), static input => input with { Purpose = EvaluationPurpose.Maintain });
        Assert.Equal(GateVerdict.Pass, Gate(report, GainGate.Id).Verdict);
    }

    [Fact]
    public async Task writes_the_same_report_every_time_and_another_for_other_thresholds()
    {
        var one = await Evaluate(History(60, 1));
        var two = await Evaluate(History(60, 1), static input => input with { Replay = new() { Workers = 5, Chunk = 11 } });
        var stricter = await Evaluate(History(60, 1), static input => input with { Policy = input.Policy with { GainP = 0.01 } });

        Assert.Equal(one.Canonical(), two.Canonical());
        Assert.NotEqual(one.Digest(), stricter.Digest());
        Assert.Equal(one.Canonical(), CanonicalJson.Of(System.Text.Encoding.UTF8.GetBytes(one.Canonical())));
        Assert.Contains("G3", one.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void keeps_a_unit_in_one_fold_and_time_in_blocks()
    {
        var cases = Enumerable.Range(0, 100).Select(static i => Ruled(i, "a", "x", "b") is var one ? one with { Decision = one.Decision with { Subject = $"s{i / 2 % 30}" } } : null!).ToArray();
        var fold = CrossFit.Assign(cases, 5);

        Assert.All(cases.Select((one, i) => (one.Decision.Subject, Fold: fold[i])).GroupBy(static pair => pair.Subject), static unit => Assert.Single(unit.Select(static pair => pair.Fold).Distinct()));
        Assert.Equal(5, fold.Distinct().Count());
        Assert.Equal(fold[..30].Order(), fold[..30]);
    }
}
