using Emend.Engine.Learning;
using Emend.Logic;

namespace Emend.Engine.Tests.Learning;

public class Building_a_candidate
{
    private static List<LearningCase> Cases(int seed)
    {
        var cases = PlantedCases.Of(seed, 600, (amount, channel, _, text) =>
            amount >= 700 && channel == "chat" ? "escalate" : text.Contains("broken", StringComparison.Ordinal) && channel == "mail" ? "repair" : "refund", noise: 0.03);
        for (var i = 0; i < 6; i++) cases.Add(PlantedCases.Case(1000 + i, [], $"please stop now number {(char)('a' + i)}", "close_account", "terminate_account"));
        return cases;
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void gives_the_same_bytes_for_any_order_of_the_cases(int seed)
    {
        var cases = Cases(seed);
        var expected = Digest(BuildCandidate.From(Input(cases)));
        var random = new Random(seed);
        for (var round = 0; round < 3; round++)
        {
            LearningCase[] shuffled = [.. cases];
            random.Shuffle(shuffled);
            Assert.Equal(expected, Digest(BuildCandidate.From(Input(shuffled))));
        }
    }

    [Theory, InlineData(1), InlineData(2)]
    public void gives_without_a_case_what_would_have_been_had_it_never_existed(int seed)
    {
        var cases = Cases(seed);
        var learner = new BuildCandidate(LearnerOptions.Default);
        var before = Digest(learner.Build(Input(cases)));
        var withdrawn = new Random(seed).Next(cases.Count);
        List<LearningCase> rest = [.. cases.Where((_, i) => i != withdrawn)];

        // The learner that knew the case and one that never met it.
        var after = Digest(learner.Build(Input(rest)));

        Assert.Equal(Digest(BuildCandidate.From(Input(rest))), after);
        Assert.NotEqual(before, after);
    }

    [Fact]
    public void gives_the_same_when_it_has_grown_with_the_stream()
    {
        var cases = Cases(4);
        var learner = new BuildCandidate(LearnerOptions.Default);
        for (var count = 50; count < cases.Count; count += 90) learner.Build(Input(cases[..count]));

        Assert.Equal(Digest(BuildCandidate.From(Input(cases))), Digest(learner.Build(Input(cases))));
    }

    [Fact]
    public void names_the_exact_cases_in_its_manifest()
    {
        var cases = Cases(5);
        var (bundle, _) = BuildCandidate.From(Input(cases));
        var changed = cases.ToList();
        changed[3] = changed[3] with { Ruling = changed[3].Ruling with { Corrections = ["c-other"] } };

        Assert.Equal(cases.Count, bundle.Manifest.Records);
        Assert.NotEqual(bundle.Manifest.Digest, BuildCandidate.From(Input(changed)).Bundle.Manifest.Digest);
    }

    [Fact]
    public void takes_over_written_rules_and_tries_them_first()
    {
        var written = new Emend.Logic.Rules.Rule { Id = "w-1", When = Emend.Logic.Conditions.Condition.Always, Effect = Emend.Logic.Rules.RuleEffect.Keep };

        var (bundle, _) = BuildCandidate.From(Input(Cases(1)) with { Written = [written] });

        Assert.True(bundle.Rules.Length > 1);
        Assert.Same(written, bundle.Rules[0]);
    }

    private static LearningInput Input(IReadOnlyCollection<LearningCase> cases) => new() { Agent = new() { Id = "desk" }, Cases = cases };

    private static string Digest(BuiltCandidate built) => BundleDigest.Of(built.Bundle) + built.Report.ToJson();
}
