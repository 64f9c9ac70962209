using Emend.Engine.Learning;
using Emend.Engine.Learning.Rules;
using Emend.Engine.Tests.Learning.Corrector;
using Emend.Logic;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Engine.Tests.Learning;

public class Retiring_what_did_harm
{
    private static readonly LearnerOptions NoMemory = LearnerOptions.Default with { ExactTimeToLive = TimeSpan.Zero };

    private static readonly List<LearningCase> Before = PlantedCases.Of(3, 600, static (amount, _, _, _) => amount > 800 ? "escalate" : "refund");

    private static long Newest(IEnumerable<LearningCase> cases) => cases.Max(static one => one.Ruling.At);

    private static BuiltCandidate Build(IReadOnlyCollection<LearningCase> cases, IEnumerable<Rule> stopped, long since, LearnerOptions? options = null) => BuildCandidate.From(new()
    {
        Agent = new() { Id = "desk" },
        Cases = cases,
        Options = options ?? NoMemory,
        Retired = [.. stopped.Select(rule => new RetiredRule(rule, since))],
    });

    // More cases of the same kind, ruled after all of those before; `truth` says what turned out right.
    private static List<LearningCase> Since(int count, Func<double, string> truth) =>
        PlantedCases.Of(4, count, (amount, _, _, _) => truth(amount)).ConvertAll(one => one with
        {
            Decision = one.Decision with { Id = "n" + one.Decision.Id, OccurredAt = one.Decision.OccurredAt + Newest(Before) },
            Ruling = one.Ruling with { DecisionId = "n" + one.Ruling.DecisionId, At = one.Ruling.At + Newest(Before) },
        });

    private static int Escalations(BuiltCandidate built)
    {
        var evaluator = Evaluator.Compile(built.Bundle with { Corrector = null });
        return Before.Count(one => evaluator.Decide(new(one.Decision.Context, one.Decision.Proposed, null, one.Decision.OccurredAt)).Disposition == Disposition.Override);
    }

    [Fact]
    public void leaves_it_out_under_any_name_as_long_as_only_the_old_evidence_speaks_for_it()
    {
        var first = Build(Before, [], 0);
        Assert.True(Escalations(first) > 80);

        var second = Build(Before, first.Bundle.Rules, Newest(Before));

        Assert.Equal(0, Escalations(second));
        Assert.Contains(second.Report.Refused, static rule => rule.Reason == RetiredRule.Reason);
        Assert.NotEqual(first.Bundle.Manifest.Digest, second.Bundle.Manifest.Digest);
    }

    [Fact]
    public void brings_it_back_on_what_was_ruled_since()
    {
        var stopped = Build(Before, [], 0).Bundle.Rules;
        Assert.True(Escalations(Build([.. Before, .. Since(200, static amount => amount > 800 ? "escalate" : "refund")], stopped, Newest(Before))) > 80);
    }

    [Fact]
    public void does_not_where_what_was_ruled_since_is_divided()
    {
        var stopped = Build(Before, [], 0).Bundle.Rules;
        var divided = Since(60, static amount => amount > 800 && (int)amount % 3 > 0 ? "escalate" : "refund");
        Assert.Equal(0, Escalations(Build([.. Before, .. divided], stopped, Newest(Before))));
        // Without the suspension it would be back: the old evidence outweighs the new.
        Assert.True(Escalations(Build([.. Before, .. divided], [], 0)) > 0);
    }

    [Fact]
    public void leaves_rules_of_another_kind_as_they_are()
    {
        List<LearningCase> cases = PlantedCases.Of(5, 800, static (amount, channel, _, _) => amount > 800 ? "escalate" : channel == "chat" ? "deny" : "refund");
        var first = Build(cases, [], 0);
        var stopped = first.Bundle.Rules.Where(static rule => rule.Action == "escalate").ToList();
        Assert.NotEmpty(stopped);
        var second = Build(cases, stopped, Newest(cases));
        Assert.Equal(first.Bundle.Rules.Where(static rule => rule.Action == "deny").Select(static rule => rule.Id), second.Bundle.Rules.Where(static rule => rule.Action == "deny").Select(static rule => rule.Id));
    }

    [Fact]
    public void forgets_a_remembered_correction_until_somebody_rules_on_its_case_again()
    {
        var one = PlantedCases.Case(1, [new("amount", FeatureValue.Of(7))], "where is it going today", "refund", "deny");
        var remembering = LearnerOptions.Default with { Mines = false };
        var rule = Assert.Single(Build([one], [], 0, remembering).Bundle.Rules);
        Assert.Empty(Build([one], [rule], one.Ruling.At, remembering).Bundle.Rules);
        var again = one with { Ruling = one.Ruling with { At = one.Ruling.At + 1 } };
        Assert.Single(Build([again], [rule], one.Ruling.At, remembering).Bundle.Rules);
    }

    [Fact]
    public void licenses_a_suspended_corrector_by_decisions_made_since_only()
    {
        var cases = RoutedTexts.Of(1, 900);
        var since = cases[500].Decision.OccurredAt;
        var input = new LearningInput { Agent = new() { Id = "desk" }, Cases = cases, Options = NoMemory };
        var before = BuildCandidate.From(input).Report.Corrector!;
        var after = BuildCandidate.From(input with { CorrectorStoppedAt = since }).Report.Corrector!;

        Assert.True(before.Certificate!.From < since);
        Assert.True(after.Certificate!.From > since);
        Assert.Contains("suspended for harm", after.Says(), StringComparison.Ordinal);
        // And by none where there are none.
        Assert.Null(BuildCandidate.From(input with { CorrectorStoppedAt = cases[^1].Decision.OccurredAt }).Report.Corrector!.Certificate);
    }

    [Fact]
    public void spends_one_error_level_on_all_certificates_there_will_ever_be()
    {
        var input = new LearningInput { Agent = new() { Id = "desk" }, Cases = RoutedTexts.Of(1, 900), Options = NoMemory };
        double all = 0;
        for (var number = 1; number <= 6; number++)
        {
            var report = BuildCandidate.From(input with { Certificate = number }).Report.Corrector!;
            Assert.Equal(number, report.Number);
            Assert.Equal(0.05 * 6 / (Math.PI * Math.PI * number * number), report.Certificate!.Delta, 1e-12);
            all += report.Certificate.Delta;
        }
        Assert.True(all < 0.05);
        // The thousandth would have to be nearly certain: what suffices for the first does not.
        var last = BuildCandidate.From(input with { Certificate = 1_000_000 }).Report.Corrector!;
        Assert.True(last.Certificate is null && last.MissingAudits > 0 || last.Certificate!.Breaks < 3);
        Assert.Equal(0.05, BuildCandidate.From(input).Report.Corrector!.Certificate!.Delta, 1e-12);
    }
}
