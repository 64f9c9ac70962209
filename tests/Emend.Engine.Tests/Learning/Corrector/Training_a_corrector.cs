using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Learning;
using Emend.Engine.Learning.Corrector;
using Emend.Logic;
using Emend.Logic.Corrector;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Tests.Learning.Corrector;

public class Training_a_corrector
{
    // No rules: what acts is the corrector.
    private static readonly LearnerOptions Alone = LearnerOptions.Default with { ExactTimeToLive = TimeSpan.Zero, MinFixes = 1_000, MinFixesOfDeadProposal = 1_000 };

    private static BuiltCandidate Build(IReadOnlyCollection<LearningCase> cases) => PlantedCases.Build(cases, Alone);

    private static string Digest(BuiltCandidate built) => BundleDigest.Of(built.Bundle);

    [Fact]
    public void fixes_decisions_it_never_saw_once_random_reviews_license_it()
    {
        var built = Build(RoutedTexts.Of(1, 600));
        var evaluator = Evaluator.Compile(built.Bundle);
        var (fixes, breaks, errors) = (0, 0, 0);
        foreach (var (decision, ruling) in RoutedTexts.Of(2, 600))
        {
            var final = evaluator.FinalAction(evaluator.Decide(new(decision.Context, decision.Proposed, null, decision.OccurredAt)), decision.Proposed)!;
            if (ruling.IsWrong) errors++;
            if (ruling.IsWrong && final.Label == ruling.Truth!.Label) fixes++;
            if (!ruling.IsWrong && final.Label != decision.Proposed.Label) breaks++;
        }
        var certificate = built.Report.Corrector!.Certificate!;
        Assert.True(fixes >= 0.7 * errors, $"{fixes} of {errors} fixed");
        Assert.True(breaks <= 0.05 * fixes, $"{breaks} broken");
        Assert.True(certificate.Changed >= 22 && certificate.Breaks <= certificate.Alpha * certificate.Changed);
        Assert.Empty(BundleProblems.Of(built.Bundle));
    }

    [Fact]
    public void stays_in_shadow_on_volunteered_corrections_and_says_what_is_missing()
    {
        var built = Build(RoutedTexts.Of(1, 1_500, propensity: null));

        Assert.Null(built.Bundle.Corrector);
        Assert.Equal(0, built.Report.Corrector!.Audited);
        Assert.True(built.Report.Corrector.MissingAudits > 0);
        Assert.Contains("never license it", built.Report.Corrector.Says(), StringComparison.Ordinal);
    }

    [Fact]
    public void stays_in_shadow_where_there_is_nothing_to_learn()
    {
        for (var seed = 1; seed <= 5; seed++) Assert.Null(Build(RoutedTexts.OfNothing(seed, 500)).Bundle.Corrector);
    }

    [Fact]
    public void teaches_by_volunteered_corrections_what_random_reviews_license()
    {
        var drawn = RoutedTexts.Of(3, 250);
        var volunteered = RoutedTexts.Of(4, 900, propensity: null).ConvertAll(static one => one with { Decision = one.Decision with { Id = "v" + one.Decision.Id, OccurredAt = one.Decision.OccurredAt - 1_000_000_000_000 } });

        var without = Build(drawn).Report.Corrector!;
        var with = Build([.. volunteered, .. drawn]).Report.Corrector!;

        Assert.Equal(without.Audited, with.Audited);
        Assert.True(with.Steps[^1].Fixes > without.Steps[^1].Fixes, $"{with.Steps[^1]} against {without.Steps[^1]}");
    }

    [Fact]
    public void scores_a_case_before_it_learns_from_it()
    {
        var cases = RoutedTexts.Of(5, 300);
        var lied = cases.ToList();
        lied[^1] = lied[^1] with { Ruling = lied[^1].Ruling with { IsWrong = true, Truth = new("login") } };
        var (one, other) = (new CorrectorTraining(), new CorrectorTraining());
        foreach (var reviewed in cases) one.Take(reviewed);
        foreach (var reviewed in lied) other.Take(reviewed);

        Assert.Equal(one.Scored.Select(static s => (s.At, s.Answer, s.Chance)), other.Scored.Select(static s => (s.At, s.Answer, s.Chance)));
        one.Take(cases[0]);
        other.Take(cases[0]);
        Assert.NotEqual(one.Scored[^1].Chance, other.Scored[^1].Chance);
    }

    [Fact]
    public void gives_the_same_bytes_in_any_order_and_however_it_grew()
    {
        var cases = RoutedTexts.Of(6, 500);
        var expected = Digest(Build(cases));
        LearningCase[] shuffled = [.. cases];
        new Random(6).Shuffle(shuffled);
        var growing = new BuildCandidate(Alone);
        foreach (var count in new[] { 50, 130, 131, 400 }) growing.Build(new() { Agent = new() { Id = "desk" }, Cases = cases[..count], Options = Alone });

        Assert.Equal(expected, Digest(Build(shuffled)));
        Assert.Equal(expected, Digest(growing.Build(new() { Agent = new() { Id = "desk" }, Cases = cases, Options = Alone })));
    }

    // Whoever makes it faster must not make it another: bundles are built again from their cases and compared byte by byte. What changes this changes LearnerOptions.Algorithm.
    [Fact]
    public void gives_the_bytes_it_gave_when_its_algorithm_got_its_name()
    {
        var corrector = Build(RoutedTexts.Of(6, 500)).Bundle.Corrector!;
        Assert.Equal("c7d3451349d84f2d", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(corrector)))[..16]);
    }

    [Fact]
    public void numbers_keys_in_the_order_in_which_they_come()
    {
        var table = new KeyTable();
        var known = new Dictionary<uint, int>();
        var random = new Random(31);
        for (var i = 0; i < 20_000; i++)
        {
            // Low bits that collide, and keys that come again.
            var key = (uint)random.Next(1, 8_000) << 16 | 7;
            Assert.Equal(known.GetValueOrDefault(key, -1), table.Find(key));
            if (!known.TryGetValue(key, out var number)) known.Add(key, number = known.Count);
            Assert.Equal(number, table.FindOrAdd(key));
        }
    }

    [Fact]
    public void leaves_no_trace_of_a_case_that_is_withdrawn()
    {
        var cases = RoutedTexts.Of(7, 400);
        List<LearningCase> rest = [.. cases.Where((_, i) => i != 123)];
        var learner = new BuildCandidate(Alone);
        var before = learner.Build(new() { Agent = new() { Id = "desk" }, Cases = cases, Options = Alone });
        var after = learner.Build(new() { Agent = new() { Id = "desk" }, Cases = rest, Options = Alone });

        Assert.Equal(Digest(Build(rest)), Digest(after));
        Assert.NotEqual(before.Bundle.Corrector, after.Bundle.Corrector);
    }

    [Fact]
    public void serves_what_it_trained()
    {
        var cases = RoutedTexts.Of(8, 600);
        var training = new CorrectorTraining();
        foreach (var reviewed in cases) training.Take(reviewed);
        var scorer = CorrectorScorer.Compile(CorrectorJson.Read(Build(cases).Bundle.Corrector!));
        var (same, count) = (0, 0);
        foreach (var reviewed in RoutedTexts.Of(9, 300))
        {
            var served = scorer.Score(new(reviewed.Decision.Context, reviewed.Decision.Proposed, null, 0));
            var before = training.Scored.Count;
            // A copy that learns nothing: scoring comes first.
            training.Take(reviewed with { Weight = 0 });
            if (training.Scored.Count == before) continue;
            count++;
            if (scorer.Actions[served.Answer].Label == training.Scored[^1].Answer && Math.Abs(StableMath.Chance(served.Odds) - training.Scored[^1].Chance) < 0.05) same++;
        }
        Assert.True(same >= 0.95 * count, $"{same} of {count} scored alike");
    }

    [Fact]
    public void never_answers_with_what_is_not_in_the_catalogue()
    {
        var built = PlantedCases.Build(RoutedTexts.Of(1, 600), Alone, "cards", "fees", "login", "transfers");
        Assert.DoesNotContain(CorrectorJson.Read(built.Bundle.Corrector!).Answers, static a => a.Label == "refunds" && a.IsCertified);
    }
}
