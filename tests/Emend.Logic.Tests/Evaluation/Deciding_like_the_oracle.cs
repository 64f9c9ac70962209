using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Guardrails;
using Emend.Logic.Rules;

namespace Emend.Logic.Tests.Evaluation;

public class Deciding_like_the_oracle
{
    private const string Patch1 = """{"amount":null,"customer":{"tier":"DE"},"items":{"0":{"sku":"refund"}}}""";
    private const string Patch2 = """{"tags":["refund","v1"],"customer":{"name":"x"},"note":"refund","items":["DE",{"sku":"v1"}],"flag":false}""";
    private const string Patch3 = """{"items":{"1":{"x":1}},"odd path":2.5,"customer":7}""";

    internal static Bundle RandomBundle(RandomLogic random, int rules, int guardrails, Func<Condition>? condition = null)
    {
        condition ??= () => random.Condition();
        return new()
        {
            Agent = "a",
            Rules = [.. Enumerable.Range(0, rules).Select(i =>
            {
                var effect = (RuleEffect)random.Random.Next(5);
                return new Rule
                {
                    Id = $"r{i}",
                    When = condition(),
                    Effect = effect,
                    Action = effect == RuleEffect.Override ? random.Pick(RandomLogic.Actions) : null,
                    Args = effect == RuleEffect.Override ? ActionArgs.Parse(random.ArgsJson())
                        : effect == RuleEffect.Patch ? ActionArgs.Parse(random.Pick<string>([Patch1, Patch2, Patch3]))
                        : ActionArgs.None,
                    ExpiresAt = random.Random.Next(4) == 0 ? random.Random.Next(0, 100) : null,
                };
            })],
            Guardrails = [.. Enumerable.Range(0, guardrails).Select(i => new Guardrail { Id = $"g{i:D2}", When = random.Condition(2), Effect = (GuardrailEffect)random.Random.Next(2) })],
        };
    }

    internal static DecisionInput RandomInput(RandomLogic random)
    {
        var features = new List<Feature>();
        foreach (var name in RandomLogic.Names)
            if (random.Random.Next(4) > 0) features.Add(new(name, random.Random.Next(12) == 0 ? FeatureValue.Of(double.NaN) : random.Value(random.Kind())));
        if (random.Random.Next(3) == 0) features.Add(new("zz unknown", FeatureValue.Of(1)));
        if (random.Random.Next(6) == 0 && random.Pick(RandomLogic.Cases) is var (context, proposed)) return new(context, proposed, null, random.Random.Next(0, 100));
        return new(
            Context.Of(features, random.Random.Next(3) == 0 ? null : random.Pick(RandomLogic.Actions), random.Random.Next(4) == 0 ? null : random.Text()),
            new(random.Pick(RandomLogic.Actions), ActionArgs.Parse(random.ArgsJson())),
            random.Random.Next(3) == 0 ? null : random.Random.Next(12) == 0 ? double.NaN : random.Random.Next(11) / 10.0,
            random.Random.Next(0, 100));
    }

    [Theory]
    [InlineData(1, 150, 30, 4)]
    [InlineData(2, 60, 300, 0)]
    [InlineData(3, 250, 12, 1)]
    [InlineData(4, 6, 2_000, 3)]
    public void whatever_the_rules_and_the_case(int start, int bundles, int rules, int guardrails)
    {
        var seen = new HashSet<(Disposition, Cause, bool)>();
        for (var b = 0; b < bundles; b++)
        {
            var seed = start * 1_000_000 + b;
            var random = new RandomLogic(seed);
            // Few guardrails hold often, or nothing else would be seen.
            var bundle = RandomBundle(random, random.Random.Next(1, rules), random.Random.Next(guardrails + 1));
            var evaluator = Evaluator.Compile(bundle);
            for (var c = 0; c < 40; c++)
            {
                var input = RandomInput(random);
                var expected = BruteForce.Decide(bundle, input);
                var actual = evaluator.Decide(input);
                Assert.True(expected == actual, $"seed {seed}, case {c}: expected {expected}, got {actual}");
                seen.Add((actual.Disposition, actual.Cause, actual.RuleIndex >= 0));
                Assert.Equal(Enumerable.Range(0, bundle.Rules.Length).Where(i => !(bundle.Rules[i].ExpiresAt < input.At) && BruteForce.Holds(bundle.Rules[i].When, input)), evaluator.AllMatches(input));
            }
        }
        Assert.True(seen.Count >= (rules > 1_000 ? 4 : guardrails > 0 ? 8 : 5), $"only {seen.Count} kinds of outcome were tried");
    }

    [Fact]
    public void when_the_caller_lays_the_values_out()
    {
        for (var seed = 0; seed < 120; seed++)
        {
            var random = new RandomLogic(seed);
            // A patch below an array cannot be told from single values (documented); the first and third patch do that.
            var drawn = RandomBundle(random, 40, 3);
            var bundle = drawn with { Rules = [.. drawn.Rules.Select(r => r.Effect == RuleEffect.Patch ? r with { Args = ActionArgs.Parse(Patch2) } : r)] };
            var evaluator = Evaluator.Compile(bundle);
            for (var c = 0; c < 40; c++)
            {
                var input = RandomInput(random);
                var slots = evaluator.Slots.Select(operand => operand.Kind switch
                {
                    OperandKind.Feature => input.Context[operand.Name],
                    OperandKind.ProposedAction => FeatureValue.Of(input.Proposed.Label),
                    OperandKind.ProposedArgument => input.Proposed.Args[operand.Name],
                    OperandKind.Confidence => input.Confidence is { } confidence ? FeatureValue.Of(confidence) : default,
                    OperandKind.Case => FeatureValue.Of(CaseFingerprint.Of(input.Context, input.Proposed, operand.Name)),
                    _ => FeatureValue.Of(input.Context.TaskType),
                }).ToArray();
                if (input.Proposed.Args.Json.Contains("\"customer\":[", StringComparison.Ordinal)) continue;
                var expected = BruteForce.Decide(bundle, input);
                Assert.True(expected == evaluator.Decide(slots, input.Context.Text, input.At), $"seed {seed}, case {c}");
            }
        }
    }

    [Fact]
    public void when_thresholds_repeat_and_crowd()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new RandomLogic(seed);
            double Number() => random.Random.Next(5) switch
            {
                0 => random.Pick(RandomLogic.Numbers),
                1 => Math.BitIncrement(random.Random.Next(5)),
                2 => random.Random.Next(1000),
                3 => 1e15 + random.Random.Next(50),
                _ => random.Random.Next(5),
            };
            Condition Range()
            {
                var (a, b) = (Number(), Number());
                var comparison = (Comparison)random.Random.Next((int)Comparison.Lt, (int)Comparison.Between + 1);
                return new Predicate(Operand.Feature("x"), comparison, comparison == Comparison.Between ? [FeatureValue.Of(Math.Min(a, b)), FeatureValue.Of(Math.Max(a, b))] : [FeatureValue.Of(a)]);
            }
            var bundle = RandomBundle(random, 150, 0, Range) with { Guardrails = [] };
            var evaluator = Evaluator.Compile(bundle);
            for (var c = 0; c < 200; c++)
            {
                var input = new DecisionInput(Context.Of([new("x", FeatureValue.Of(Number()))]), new("refund"), null, 0);
                Assert.True(BruteForce.Decide(bundle, input) == evaluator.Decide(input), $"seed {seed}, case {c}: {input.Context["x"]}");
            }
        }
    }

    [Fact]
    public void on_long_texts_full_of_phrases()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new RandomLogic(seed);
            Condition Phrase() => new Predicate(Operand.Text, Comparison.Contains, FeatureValue.Of(string.Join(' ', Enumerable.Range(0, random.Random.Next(1, 6)).Select(_ => random.Pick(RandomLogic.Words)))));
            var bundle = RandomBundle(random, 300, 0, () => random.Random.Next(3) == 0 ? new Not(new All([Phrase(), Phrase()])) : new All([Phrase(), Phrase()]));
            var evaluator = Evaluator.Compile(bundle);
            for (var c = 0; c < 30; c++)
            {
                var text = string.Join(random.Random.Next(2) == 0 ? " " : "? ", Enumerable.Range(0, random.Random.Next(200)).Select(_ => random.Random.Next(9) == 0 ? "unknown" : random.Pick(RandomLogic.Words)));
                var input = new DecisionInput(Context.Of([], text: text), new("refund"), null, 50);
                Assert.True(BruteForce.Decide(bundle, input) == evaluator.Decide(input), $"seed {seed}, case {c}: {text}");
                Assert.Equal(Enumerable.Range(0, 300).Where(i => !(bundle.Rules[i].ExpiresAt < 50) && BruteForce.Holds(bundle.Rules[i].When, input)), evaluator.AllMatches(input));
            }
        }
    }

    [Fact]
    public void when_alternatives_multiply_beyond_listing()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new RandomLogic(seed);
            Condition Wide() => new All([.. Enumerable.Range(0, 4).Select(_ => (Condition)new Any([.. Enumerable.Range(0, 6).Select(_ => random.Condition(1))]))]);
            var bundle = RandomBundle(random, 20, 2, () => random.Random.Next(3) == 0 ? new Not(Wide()) : Wide());
            var evaluator = Evaluator.Compile(bundle);
            for (var c = 0; c < 60; c++)
            {
                var input = RandomInput(random);
                Assert.True(BruteForce.Decide(bundle, input) == evaluator.Decide(input), $"seed {seed}, case {c}");
            }
        }
    }

    [Fact]
    public void on_more_lanes_and_facts_than_the_stack_takes()
    {
        var random = new RandomLogic(7);
        var bundle = RandomBundle(random, 6_000, 0, () => random.Random.Next(2) == 0
            ? new All([new Predicate(Operand.Feature($"f{random.Random.Next(300)}"), Comparison.Eq, FeatureValue.Of($"v{random.Random.Next(3)}"))])
            : new Predicate(Operand.Feature("tags"), Comparison.Contains, FeatureValue.Of($"t{random.Random.Next(5_000)}")));
        var evaluator = Evaluator.Compile(bundle);
        for (var c = 0; c < 200; c++)
        {
            var features = Enumerable.Range(0, 300).Where(_ => random.Random.Next(20) == 0).Select(i => new Feature($"f{i}", FeatureValue.Of($"v{random.Random.Next(4)}")));
            var tags = FeatureValue.OfSet(Enumerable.Range(0, random.Random.Next(600)).Select(_ => $"t{random.Random.Next(9_000)}").ToArray());
            var input = new DecisionInput(Context.Of([.. features, new("tags", tags)]), new("refund"), null, 50);
            Assert.Equal(BruteForce.Decide(bundle, input), evaluator.Decide(input));
        }
    }

    [Fact]
    public void on_malformed_predicates_which_never_hold()
    {
        Predicate[] odd =
        [
            new(Operand.Feature("amount"), Comparison.Eq, []), new(Operand.Feature("amount"), Comparison.Between, [FeatureValue.Of(1)]),
            new(Operand.Feature("amount"), Comparison.Lt, FeatureValue.Of("x")), new(Operand.Feature("amount"), Comparison.Contains, FeatureValue.Of(1)),
            new(Operand.Text, Comparison.Eq, FeatureValue.Of("refund")), new(Operand.Text, Comparison.Contains, []), new(Operand.Text, Comparison.Contains, FeatureValue.Of("?")),
            new(Operand.Feature("amount"), Comparison.In, [FeatureValue.Of(1), FeatureValue.Of("refund"), default]), new(Operand.Feature("amount"), Comparison.Ne, [FeatureValue.Missing]),
            new(Operand.Feature("amount"), Comparison.Between, [FeatureValue.Of(9), FeatureValue.Of(1)]), new(Operand.Feature("amount"), Comparison.Between, [FeatureValue.Of(0), FeatureValue.OfMicroseconds(9)]),
        ];
        var random = new RandomLogic(3);
        foreach (var predicate in odd)
        {
            foreach (Condition condition in new Condition[] { predicate, new Not(predicate), new Any([predicate, predicate]) })
            {
                var bundle = new Bundle { Agent = "a", Rules = [new() { Id = "r", When = condition, Effect = RuleEffect.Block }] };
                var evaluator = Evaluator.Compile(bundle);
                for (var c = 0; c < 60; c++)
                {
                    var input = RandomInput(random);
                    Assert.Equal(BruteForce.Decide(bundle, input), evaluator.Decide(input));
                }
            }
        }
    }
}

public class Deciding_without_garbage
{
    [Fact]
    public void allocates_nothing_whatever_the_outcome()
    {
        var outcomes = new HashSet<(Disposition, Cause, bool)>();
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new RandomLogic(seed);
            var evaluator = Evaluator.Compile(Deciding_like_the_oracle.RandomBundle(random, 60, random.Random.Next(3)));
            var inputs = Enumerable.Range(0, 50).Select(_ => Deciding_like_the_oracle.RandomInput(random)).ToArray();
            var slots = new FeatureValue[evaluator.Slots.Count];
            slots.AsSpan().Fill(FeatureValue.Of("refund"));
            foreach (var input in inputs) evaluator.Decide(input); // rents from the pool once

            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (ref readonly var input in inputs.AsSpan()) evaluator.Decide(input);
            evaluator.Decide(slots, "card fee", 0);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            Assert.True(allocated == 0, $"seed {seed}: {allocated} bytes");
            foreach (var input in inputs)
            {
                var verdict = evaluator.Decide(input);
                outcomes.Add((verdict.Disposition, verdict.Cause, verdict.RuleIndex >= 0));
            }
        }
        Assert.True(outcomes.Count >= 8, $"only {outcomes.Count} kinds of outcome were tried");
    }
}
