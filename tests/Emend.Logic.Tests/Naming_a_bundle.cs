using System.Text;
using System.Text.Json;
using Emend.Logic.Conditions;
using Emend.Logic.Guardrails;
using Emend.Logic.Rules;

namespace Emend.Logic.Tests;

public class Naming_a_bundle
{
    private static Bundle Sample(int seed, int rules)
    {
        var random = new RandomLogic(seed);
        return new()
        {
            Agent = "bank-router",
            ContextSchema = 3,
            Parent = BundleDigest.Of(Encoding.UTF8.GetBytes("parent")),
            Learner = """{"minimum":3}""",
            Guidance = ["""{"id":"g-a","kind":"written","text":"a"}""", """{"id":"g-b","kind":"written","text":"b"}"""],
            Manifest = new(7, BundleDigest.Of(Encoding.UTF8.GetBytes("records"))),
            Guardrails = [.. Enumerable.Range(0, 5).Select(i => new Guardrail { Id = $"g{i}", When = random.Condition(), Effect = (GuardrailEffect)(i % 2), Because = "because é" })],
            Rules = [.. Enumerable.Range(0, rules).Select(i => RandomRule(random, i))],
        };
    }

    private static Rule RandomRule(RandomLogic random, int i)
    {
        var effect = (RuleEffect)random.Random.Next(5);
        return new()
        {
            Id = $"r{i:D4}",
            When = random.Condition(),
            Effect = effect,
            Action = effect == RuleEffect.Override ? random.Pick(RandomLogic.Actions) : null,
            Args = effect is RuleEffect.Override ? ActionArgs.Parse(random.ArgsJson()) : effect == RuleEffect.Patch ? ActionArgs.Parse("""{"amount":null,"customer":{"tier":"x"}}""") : ActionArgs.None,
            Origin = (RuleOrigin)random.Random.Next(3),
            Priority = random.Random.Next(-2, 3),
            EvidenceThrough = random.Random.Next(3) * 1_000_000L,
            ExpiresAt = random.Random.Next(3) == 0 ? 1_767_225_600_123_456 : null,
            Evidence = random.Random.Next(2) == 0 ? [] : ["c-1", "c-2"],
            Right = random.Random.Next(9),
            Submitters = random.Random.Next(3),
            Because = random.Pick(RandomLogic.Strings),
        };
    }

    [Fact]
    public void gives_the_same_bytes_whatever_order_its_parts_were_added_in()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var bundle = Sample(seed, 60);
            var shuffled = bundle with { Rules = [.. bundle.Rules.OrderBy(r => HashCode.Combine(seed, r.Id))], Guardrails = [.. bundle.Guardrails.Reverse()], Guidance = [.. bundle.Guidance.Reverse()] };

            Assert.True(BundleJson.Write(bundle).AsSpan().SequenceEqual(BundleJson.Write(shuffled)), $"seed {seed}");
        }
    }

    [Fact]
    public void reads_back_the_bundle_from_canonical_bytes()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var bytes = BundleJson.Write(Sample(seed, 60));
            var read = BundleDigest.Verify(bytes, BundleDigest.Of(bytes));

            Assert.Equal(bytes, BundleJson.Write(read));
            Assert.Equal(Encoding.UTF8.GetString(bytes), CanonicalJson.Of(bytes));
            Assert.Equal(read.Rules, Rule.Sort(Sample(seed, 60).Rules), (a, b) => BundleJson.Write(a!) == BundleJson.Write(b!) && a!.When.Equals(b!.When));
        }
    }

    [Fact]
    public void leaves_out_what_nobody_set()
    {
        var bundle = new Bundle { Agent = "a", Rules = [new() { Id = "r", When = Condition.Always, Effect = RuleEffect.Keep }] };

        Assert.Equal("""{"agent":"a","rules":[{"effect":"keep","id":"r","when":{"all":[]}}],"schema":"emend/bundle/v1"}""", Encoding.UTF8.GetString(BundleJson.Write(bundle)));
    }

    [Fact]
    public void refuses_bytes_that_are_not_the_ones_named()
    {
        var bytes = BundleJson.Write(Sample(1, 20));
        var digest = BundleDigest.Of(bytes);
        var loose = Encoding.UTF8.GetBytes(" " + Encoding.UTF8.GetString(bytes));

        Assert.Contains("digest", Assert.ThrowsAny<JsonException>(() => BundleDigest.Verify(loose, digest)).Message, StringComparison.Ordinal);
        Assert.Contains("canonical", Assert.ThrowsAny<JsonException>(() => BundleDigest.Verify(loose, BundleDigest.Of(loose))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"agent":"a","schema":"emend/bundle/v2"}""", "$.schema: expected emend/bundle/v1")]
    [InlineData("""{"agent":"a","schema":"emend/bundle/v1","ruels":[]}""", "$: unknown member `ruels` in a bundle; did you mean `rules`?")]
    [InlineData("""{"agent":"a","schema":"emend/bundle/v1","rules":[{"effect":"keep","id":"r"}]}""", "$.rules[0]: a rule needs `when`")]
    [InlineData("""{"agent":"a","schema":"emend/bundle/v1","rules":[{"effect":"kepp","id":"r","when":{"all":[]}}]}""", "$.rules[0].effect: expected one of keep")]
    [InlineData("""{"agent":"a","schema":"emend/bundle/v1","rules":[{"effect":"keep","id":"r","when":{"all":[{"op":"eq"}]}}]}""", "$.rules[0].when.all[0]: expected")]
    [InlineData("""{"agent":"a","schema":"emend/bundle/v1","rules":[{"effect":"keep","id":"r","when":{"all":[]},"priority":1.5}]}""", "$.rules[0].priority: expected an integer")]
    [InlineData("""{"agent":"a","schema":"emend/bundle/v1","rules":[{"effect":"keep","id":"r","when":{"all":[]},"expiresAt":"2026-01-01T00:00:00"}]}""", "$.rules[0].expiresAt: expected an instant")]
    [InlineData("""{"agent":"a","schema":"emend/bundle/v1","guardrails":{}}""", "$.guardrails: expected a list")]
    [InlineData("""{"schema":"emend/bundle/v1"}""", "$: a bundle needs `agent`")]
    public void says_where_a_bundle_is_malformed(string json, string message) =>
        Assert.StartsWith(message, Assert.ThrowsAny<JsonException>(() => BundleJson.Read(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public void survives_any_single_changed_byte()
    {
        var bytes = BundleJson.Write(Sample(2, 8));
        var digest = BundleDigest.Of(bytes);
        const int seed = 20261122;
        var random = new Random(seed);
        for (var i = 0; i < 3_000; i++)
        {
            var damaged = bytes.ToArray();
            damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            Assert.ThrowsAny<JsonException>(() => BundleDigest.Verify(damaged, digest));
            try
            {
                BundleJson.Read(damaged);
            }
            catch (JsonException)
            {
                // Refused with a reason; any other exception fails the test.
            }
        }
    }
}

public class Checking_a_bundle
{
    [Fact]
    public void lists_every_problem_not_only_the_first()
    {
        var bundle = new Bundle
        {
            Agent = "",
            Parent = "sha256:xyz",
            Learner = "{ }",
            Guardrails = [new() { Id = "b", When = Condition.Always, Effect = GuardrailEffect.Block }, new() { Id = "a", When = new Predicate(Operand.Text, Comparison.Eq, FeatureValue.Of("x")), Effect = GuardrailEffect.Block }],
            Rules =
            [
                new() { Id = "r", When = new Predicate(Operand.Feature("a"), Comparison.Between, [FeatureValue.Of("x"), FeatureValue.Of("y")]), Effect = RuleEffect.Override },
                new() { Id = "r", When = new Predicate(Operand.Feature("a"), Comparison.In, []), Effect = RuleEffect.Keep, Action = "x" },
                new() { Id = "p", When = new Predicate(Operand.Confidence, Comparison.Gt, FeatureValue.Of(70)), Effect = RuleEffect.Keep, Priority = 5_000 },
            ],
        };

        var problems = string.Join('\n', BundleProblems.Of(bundle));

        foreach (var expected in new[]
        {
            "agent:", "parent:", "learner: not canonical", "guardrail a: text: `text` knows only", "guardrail a: guardrails are sorted by id",
            "rule r: an override needs an action", "rule r: a: `between` compares numbers", "rule r: another one has the same id", "rule r: only an override has an action",
            "rule r: a: `in` needs at least one value", "rule p: confidence: it lies between 0 and 1", "rule p: priority 5000", "rule p: stands after a rule it comes before",
        })
        {
            Assert.Contains(expected, problems, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void finds_nothing_in_a_sound_one() =>
        Assert.Empty(BundleProblems.Of(new Bundle { Agent = "a", Rules = [new() { Id = "r", When = ConditionText.Parse("amount > 5"), Effect = RuleEffect.Override, Action = "x" }] }));
}

public class Ordering_rules
{
    private static Rule Make(string id, int priority, string when, long through) =>
        new() { Id = id, Priority = priority, When = ConditionText.Parse(when), Effect = RuleEffect.Keep, EvidenceThrough = through };

    [Fact]
    public void goes_by_priority_then_specificity_then_newest_then_id()
    {
        Rule[] expected =
        [
            Make("z", 1, "a == 1", 0),
            Make("y", 0, "a == 1 and b == 1", 0),
            Make("x", 0, "a == 1", 9),
            Make("v", 0, "a == 1", 5),
            Make("w", 0, "a == 1", 5),
        ];

        Assert.Equal(expected, expected.Reverse().Order(Rule.Order));
    }

    [Fact]
    public void is_total_and_consistent()
    {
        const int seed = 20261122;
        var random = new Random(seed);
        var rules = Enumerable.Range(0, 200).Select(i => Make($"r{i}", random.Next(3), random.Next(2) == 0 ? "a == 1" : "a == 1 and b == 2", random.Next(3))).ToArray();
        foreach (var a in rules)
        {
            foreach (var b in rules)
            {
                Assert.Equal(Math.Sign(Rule.Order.Compare(a, b)), -Math.Sign(Rule.Order.Compare(b, a)));
                Assert.Equal(ReferenceEquals(a, b), Rule.Order.Compare(a, b) == 0);
            }
        }
    }
}
