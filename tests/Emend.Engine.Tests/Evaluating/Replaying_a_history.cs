using Emend.Engine.Evaluating.Replay;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Guardrails;
using Emend.Logic.Rules;
using static Emend.Engine.Tests.Evaluating.Cases;

namespace Emend.Engine.Tests.Evaluating;

public class Replaying_a_history
{
    private static Task<ReplayResult> Replay(IEnumerable<ReplayCase> cases, Bundle? incumbent, Bundle candidate, ReplayOptions? options = null) =>
        ReplayRun.OverAsync(cases, incumbent is null ? null : new CompiledPolicy(incumbent), new(candidate), options ?? new(), CancellationToken.None);

    [Fact]
    public async Task counts_fixes_breaks_and_what_nobody_judged()
    {
        ReplayCase[] cases =
        [
            Known(1, "a", "x", "b"),                                // wrong -> right
            Known(2, "a", "x", "a"),                                // right -> wrong
            Known(3, "a", "x", "c"),                                // wrong -> wrong
            ReplayCase.Unjudged(Decision(4, "a", "x")),             // changed, unknown
            ReplayCase.Unjudged(Decision(5, "b", "x")),             // the rule says what the agent says: no change
            Known(6, "a", "y", "a"),                                // untouched
        ];

        var result = await Replay(cases, null, Bundle(Override("x", "b")));
        var (held, unjudged) = (result.Incumbent[CaseEvidence.HeldOut], result.Incumbent[CaseEvidence.None]);

        Assert.Equal((6, 1, 1, 1), (result.Decisions, held.Fixes, held.Breaks, held.StillWrong));
        Assert.Equal((3, 3, 2), (held.Changed, held.ChangedKnown, held.ChangedWrong));
        Assert.Equal((1, 1), (unjudged.Changed, unjudged.Unjudged));
        Assert.Equal((2, 2), (held.BaseRight, held.BaseWrong));
        Assert.Equal((2, 2), (held.CandidateRight, held.CandidateWrong));
        Assert.Equal(["d-1"], result.FixExamples);
        Assert.Equal(["d-2"], result.BreakExamples);
        Assert.Equal((5, 4, 1, 1, 1, 1), (result.Rules[0].Fired, result.Rules[0].Changed, result.Rules[0].Fixes, result.Rules[0].Breaks, result.Rules[0].StillWrong, result.Rules[0].Unjudged));
        Assert.Equal(4, result.Proposed["a"].Changed);
        Assert.Equal(4, result.Final["b"].Changed);
    }

    [Fact]
    public async Task keeps_what_people_are_asked_apart_from_right_and_wrong()
    {
        var ask = Override("x", "b") with { Effect = RuleEffect.Escalate, Action = null };
        var result = await Replay([Known(1, "a", "x", "b"), Known(2, "a", "x", "a")], null, Bundle(ask));
        var held = result.Incumbent[CaseEvidence.HeldOut];

        Assert.Equal((2, 1, 1), (result.Escalations, held.Caught, held.Withheld));
        Assert.Equal((0, 0, 0), (held.Fixes, held.Breaks, held.ChangedKnown));
    }

    [Fact]
    public async Task knows_a_rejected_proposal_is_wrong_without_knowing_what_is_right()
    {
        var rejected = new ReplayCase(Decision(1, "a", "x"), null, ProposalIsWrong: true, CaseEvidence.HeldOut, []);
        var result = await Replay([rejected], null, Bundle(Override("x", "b")));
        var held = result.Incumbent[CaseEvidence.HeldOut];

        Assert.Equal((1, 1, 0, 0), (held.BaseWrong, held.Unjudged, held.Fixes, held.ChangedKnown));
    }

    [Fact]
    public async Task compares_with_the_incumbent_and_with_the_agent_alone()
    {
        // The incumbent fixed it; the candidate undoes that. Against the agent alone nothing changes.
        var result = await Replay([Known(1, "a", "x", "b")], Bundle(Override("x", "b")), Bundle());

        Assert.Equal(1, result.Incumbent[CaseEvidence.HeldOut].Breaks);
        Assert.Equal(0, result.Agent[CaseEvidence.HeldOut].Changed);
        Assert.Equal(1, result.CornerstonesBroken);
        Assert.Equal(["d-1"], result.CornerstoneExamples);
    }

    [Fact]
    public async Task tells_a_guardrail_the_agent_runs_into_from_one_a_rule_runs_into()
    {
        var noRefunds = new Guardrail { Id = "no-refund", When = new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of("refund")), Effect = GuardrailEffect.Block };
        var bundle = Bundle(Override("x", "refund")) with { Guardrails = [noRefunds] };

        var result = await Replay([Known(1, "refund", "y", "refund"), Known(2, "a", "x", "a"), Known(3, "a", "y", "a")], null, bundle);

        Assert.Equal((2, 1), (result.Guardrails[0].Hits, result.Guardrails[0].NewHits));
        Assert.Equal(["d-2"], result.GuardrailExamples);
        Assert.Equal(2, result.Blocks);
    }

    [Fact]
    public async Task gives_the_same_bytes_for_any_workers_chunks_and_order()
    {
        const int seed = 4711;
        var random = new Random(seed);
        string[] labels = ["a", "b", "c", "d"];
        var cases = Enumerable.Range(0, 5_000).Select(i =>
        {
            var decision = Decision(i, labels[random.Next(4)], "t" + random.Next(12).ToString(System.Globalization.CultureInfo.InvariantCulture));
            return random.Next(3) switch
            {
                0 => ReplayCase.Unjudged(decision),
                1 => ReplayCase.Revealed(decision, new(labels[random.Next(4)])),
                _ => new(decision, new(labels[random.Next(4)]), true, CaseEvidence.Training, ["rosa"]),
            };
        }).ToArray();
        var incumbent = Bundle(Override("t1", "b"), Override("t2", "c"));
        var candidate = Bundle(Override("t2", "d"), Override("t3", "a"), Override("t4", "c") with { Effect = RuleEffect.Escalate, Action = null });
        var expected = (await Replay(cases, incumbent, candidate, new() { Workers = 1, Chunk = 5_000 })).Canonical;

        foreach (var (workers, chunk) in new[] { (1, 1), (2, 7), (3, 64), (8, 333) })
        {
            var shuffled = cases.ToArray();
            random.Shuffle(shuffled);
            Assert.Equal(expected, (await Replay(shuffled, incumbent, candidate, new() { Workers = workers, Chunk = chunk })).Canonical);
        }
    }

    [Fact]
    public async Task reads_an_asynchronous_stream_to_the_same_result()
    {
        var cases = Enumerable.Range(0, 500).Select(static i => Known(i, "a", i % 2 == 0 ? "x" : "y", "b")).ToArray();
        var bundle = Bundle(Override("x", "b"));

        var fromStream = await ReplayRun.OverAsync(Stream(cases), null, new CompiledPolicy(bundle), new() { Chunk = 10 }, CancellationToken.None);

        Assert.Equal((await Replay(cases, null, bundle)).Canonical, fromStream.Canonical);
        Assert.Equal(250, fromStream.Incumbent[CaseEvidence.HeldOut].Fixes);
    }

    [Fact]
    public async Task reports_progress_in_rising_numbers_to_the_end()
    {
        var seen = new Seen();
        await Replay(Enumerable.Range(0, 1_000).Select(static i => Known(i, "a", "x", "b")), null, Bundle(), new() { Workers = 4, Chunk = 10, Progress = seen });

        Assert.Equal(100, seen.Values.Count);
        Assert.Equal(seen.Values.Order(), seen.Values);
        Assert.Equal(1_000, seen.Values[^1]);
    }

    [Fact]
    public void counts_without_allocating_per_decision()
    {
        var policy = new CompiledPolicy(Bundle(Override("x", "b")));
        var judged = Enumerable.Range(0, 4_000).Select(static i => Known(i, "a", i % 2 == 0 ? "x" : "y", "b"))
            .Select(one => (Case: one, After: policy.Decide(one.Decision, out var verdict), Verdict: verdict)).ToArray();
        var tally = new ReplayTally(1, 0, 20);
        Count();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Count();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Count()
        {
            foreach (var (one, after, verdict) in judged) tally.Add(one, one.Decision.Proposed, Logic.Evaluation.Verdict.Stands, after, verdict);
        }
    }

    private static async IAsyncEnumerable<ReplayCase> Stream(IEnumerable<ReplayCase> cases)
    {
        foreach (var one in cases)
        {
            await Task.Yield();
            yield return one;
        }
    }

    private sealed class Seen : IProgress<long>
    {
        public List<long> Values { get; } = [];
        public void Report(long value) => Values.Add(value);
    }
}
