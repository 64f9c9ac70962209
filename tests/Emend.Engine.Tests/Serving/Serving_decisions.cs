using Emend.Engine.Journal;
using Emend.Engine.Serving;
using Emend.Logic;
using Emend.Logic.Evaluation;
using static Emend.Engine.Tests.Evaluating.Cases;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Serving;

public class Serving_decisions
{
    private static readonly Bundle Good = Bundle(Override("x", "b"));

    [Fact]
    public async Task leaves_the_agent_alone_while_nothing_is_released()
    {
        await using var at = await Releasing.Registry.OpenAsync();
        var sum = await at.ServeAsync([Decision(1, "a", "x")]);
        var exposure = new Exposures(at.At.Store).Find("d-1")!;

        Assert.Equal(new ServedSummary(1, 0, 0, 0, 0, 0), sum);
        Assert.Equal((Arm.Stable, null, null, Cause.None, false), (exposure.Arm, exposure.Bundle, exposure.Release, exposure.Cause, exposure.IsChanged));
    }

    [Fact]
    public async Task computes_the_candidate_beside_and_does_not_use_it_in_the_shadow()
    {
        await using var at = await Releasing.Registry.OpenAsync();
        Granted(await at.StartAsync(await at.ApprovedAsync(Good)));
        var sum = await at.ServeAsync([Decision(1, "a", "x"), Decision(2, "a", "y")]);

        Assert.Equal(new ServedSummary(2, 0, 0, 2, 1, 0), sum);
        Assert.Null(new Exposures(at.At.Store).Find("d-1")!.Bundle);
    }

    [Fact]
    public async Task names_arm_bundle_release_and_rule_for_every_decision()
    {
        await using var at = await Releasing.Registry.OpenAsync(steps: Emend.Engine.Releasing.ReleasePolicy.Default with { StepsBp = [5_000, 10_000] });
        var digest = await at.ApprovedAsync(Good);
        var started = Granted(await at.StartAsync(digest));
        await at.ServeAsync(Enumerable.Range(0, 400).Select(static i => Decision(i, "a", "x")));
        var exposures = Enumerable.Range(0, 400).Select(i => new Exposures(at.At.Store).Find($"d-{i}")!).ToList();
        var canary = exposures.Where(static one => one.Arm == Arm.Canary).ToList();

        Assert.InRange(canary.Count, 150, 250);
        Assert.All(canary, one => Assert.Equal((digest, started.Release.Id, "r-x-b", Cause.Rule, true), (one.Bundle, one.Release, one.Rule, one.Cause, one.IsChanged)));
        Assert.All(exposures.Except(canary), static one => Assert.Equal((null, false), (one.Bundle, one.IsChanged)));
        Assert.Equal(canary.Select(static one => one.Decision).Order(StringComparer.Ordinal), new Exposures(at.At.Store).ChangedBy(digest, "r-x-b"));
    }

    [Fact]
    public async Task keeps_a_subject_on_one_side_and_moves_nobody_out_when_it_widens()
    {
        await using var at = await Releasing.Registry.OpenAsync(steps: Emend.Engine.Releasing.ReleasePolicy.Default with { StepsBp = [2_000, 5_000, 10_000], MinJudged = 0 });
        Granted(await at.StartAsync(await at.ApprovedAsync(Good)));
        var before = await ArmsAsync(at, 0);
        at.Clock.Move(TimeSpan.FromHours(1));
        Granted(await at.AdvanceAsync());
        var after = await ArmsAsync(at, 10_000);

        Assert.All(before, arms => Assert.Single(arms.Value));
        Assert.All(after, arms => Assert.Single(arms.Value));
        Assert.All(before.Where(static arms => arms.Value.Contains(Arm.Canary)), arms => Assert.Contains(Arm.Canary, after[arms.Key]));
        Assert.True(after.Count(static arms => arms.Value.Contains(Arm.Canary)) > before.Count(static arms => arms.Value.Contains(Arm.Canary)));
    }

    [Fact]
    public async Task serves_a_decision_once()
    {
        await using var at = await Releasing.Registry.OpenAsync();
        await at.ServeAsync([Decision(1, "a", "x"), Decision(2, "a", "x")]);
        var again = await at.ServeAsync([Decision(2, "a", "x"), Decision(3, "a", "x"), Decision(3, "a", "x")]);

        Assert.Equal((1, 2), (again.Decisions, again.AlreadyServed));
        Assert.Equal(["d-3"], at.At.Store.Entries().Last().Records.Select(static record => record.Id));
    }

    [Fact]
    public async Task writes_no_personal_data_where_it_could_be_read()
    {
        await using var at = await Releasing.Registry.OpenAsync();
        await at.ServeAsync([Decision(1, "a", "x", subject: "jane.doe@example.org")]);
        var open = at.At.Store.Entries().Last().Records[0].Fields.Where(static field => field.Class <= FieldClass.Internal);

        Assert.DoesNotContain(open, static field => field.Json!.Contains("jane", StringComparison.Ordinal));
        Assert.DoesNotContain("jane", at.At.Store.Read(static connection =>
        {
            using var select = connection.CreateCommand();
            select.CommandText = "SELECT unit || proposed || final FROM exposure";
            return (string)select.ExecuteScalar()!;
        }), StringComparison.Ordinal);
    }

    private static async Task<Dictionary<string, HashSet<Arm>>> ArmsAsync(Releasing.Registry at, int from)
    {
        var arms = new Dictionary<string, HashSet<Arm>>(StringComparer.Ordinal);
        await at.ServeAsync(Enumerable.Range(from, 600).Select(static i => Decision(i, "a", "x", subject: $"cust-{i % 100}")), one =>
        {
            if (!arms.TryGetValue(one.Decision.Subject!, out var seen)) arms[one.Decision.Subject!] = seen = [];
            seen.Add(one.Arm);
        });
        return arms;
    }
}
