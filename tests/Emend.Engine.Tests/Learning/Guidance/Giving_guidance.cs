using System.Globalization;
using Emend.Engine.Capturing;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Learning.Guidance;
using Emend.Engine.Learning.Written;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Guidance;
using Emend.TestKit;

namespace Emend.Engine.Tests.Learning.Guidance;

public class Giving_guidance
{
    private static readonly Actor Greta = new("greta"), Approver = new("mira"), Gateway = new("gateway");

    private static readonly GuidanceItem Advice = new() { Id = "new", Kind = GuidanceKind.Written, Text = "Topic x goes to b, whatever the catalogue says.", Scope = ConditionText.Parse("topic == \"x\""), Action = "b" };

    [Fact]
    public async Task written_guidance_reaches_agents_through_the_gates_and_never_by_its_authors_approval()
    {
        await using var world = await WithHistoryAsync();
        var item = UndoWorld.Take(await world.Engine.WriteGuidance.HandleAsync(new WriteGuidance(UndoWorld.Agent, Advice, Greta), default));
        Assert.Equal("guidance.stands-already", (await RefusedAsync(world, Advice)).Code);
        Assert.Equal(GuidanceAnswer.None, await AskAsync(world, "x", "cust-1"));

        var built = await world.BuildAsync();
        Assert.Equal("candidate.approver-wrote-a-rule", (await ApprovedByAsync(world, built.Digest, Greta)).Code);
        await world.ReleaseAsync(built.Digest);

        Assert.Contains(item.Id, (await AskAsync(world, "x", null)).Exposure.Shown);
        Assert.DoesNotContain(item.Id, (await AskAsync(world, "y", null)).Exposure.Shown);
        UndoWorld.Take(await world.Engine.KillSwitch.HandleAsync(new TurnKillSwitch(UndoWorld.Agent, true, "x", Approver), default));
        Assert.Equal(GuidanceAnswer.None, await AskAsync(world, "x", null));
    }

    [Fact]
    public async Task a_candidate_that_changes_guidance_only_is_no_gain_to_be_shown_and_no_loss()
    {
        await using var world = await WithHistoryAsync();
        await world.ReleaseAsync((await world.BuildAsync()).Digest);
        UndoWorld.Take(await world.Engine.WriteGuidance.HandleAsync(new WriteGuidance(UndoWorld.Agent, Advice, Greta), default));
        var built = await world.BuildAsync();
        var change = BundleChange.Between(world.Engine.Ledger.Bundle(world.Engine.Ledger.Board(UndoWorld.Agent).Served!), built.Built.Bundle);

        Assert.True(change.IsGuidanceOnly);
        Assert.Equal(GuidanceKind.Written, Assert.Single(change.AddedGuidance).Kind);
        var report = await EvaluateAsync(world, built.Digest);
        Assert.Equal(GateVerdict.NotApplicable, report.Gates.Single(static g => g.Id == GainGate.Id).Verdict);
        Assert.NotEqual(EvaluationResult.Blocked, report.Result);
    }

    [Fact]
    public async Task what_repeats_a_customers_words_is_refused()
    {
        await using var world = await WithHistoryAsync();
        Assert.Equal("guidance.quotes-a-case", (await RefusedAsync(world, Advice with { Text = "When they write Please look after case number 16, look twice." })).Code);
        Assert.Equal("guidance.wrong", (await RefusedAsync(world, Advice with { Text = "two\nlines" })).Code);
        Assert.Equal("guidance.wrong", (await RefusedAsync(world, Advice with { Action = "nowhere" })).Code);
        Assert.Equal("release.only-a-person", (await RefusedAsync(world, Advice, Actor.Policy("bot"))).Code);
    }

    [Fact]
    public async Task a_removed_item_is_gone_with_the_next_candidate_and_an_earlier_build_can_still_be_repeated()
    {
        await using var world = await WithHistoryAsync();
        var item = UndoWorld.Take(await world.Engine.WriteGuidance.HandleAsync(new WriteGuidance(UndoWorld.Agent, Advice, Greta), default));
        var first = await world.BuildAsync();
        UndoWorld.Take(await world.Engine.WriteGuidance.HandleAsync(new RemoveGuidance(UndoWorld.Agent, item.Id, "moved", Greta), default));

        Assert.DoesNotContain((await world.BuildAsync()).Built.Bundle.Guidance, json => json.Contains(item.Id, StringComparison.Ordinal));
        var snapshot = world.Engine.Snapshots.Of(first.Digest)!;
        Assert.Equal(first.Digest, BundleDigest.Of(world.Engine.Source.Build(snapshot, null, world.Engine.Source.Cases(snapshot), default).Bundle));
        Assert.Equal("guidance.unknown", ((Answer<string>.Refused)await world.Engine.WriteGuidance.HandleAsync(new RemoveGuidance(UndoWorld.Agent, item.Id, "again", Greta), default)).Why.Code);
    }

    [Fact]
    public async Task what_became_of_decisions_that_had_read_it_counts_in_the_next_bundle_and_is_compared_with_those_that_had_not()
    {
        await using var world = await WithHistoryAsync();
        var item = UndoWorld.Take(await world.Engine.WriteGuidance.HandleAsync(new WriteGuidance(UndoWorld.Agent, Advice, Greta), default));
        await world.ReleaseAsync((await world.BuildAsync()).Digest);

        // Who reads the item proposes b and is right; the others propose a and are wrong.
        var decisions = new List<Decision>();
        for (var i = 0; i < 60; i++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"g-{i:00}");
            var shown = (await AskAsync(world, "x", $"cust-{i}", id)).Exposure;
            Assert.Equal(shown.Shown, (await AskAsync(world, "x", $"cust-{i}", id)).Exposure.Shown.AsEnumerable());
            decisions.Add(UndoWorld.Decisions[0] with { Id = id, Subject = $"cust-{i}", Proposed = new(shown.Shown.Contains(item.Id) ? "b" : "a") });
        }
        await world.ImportAsync(decisions, []);
        var withheld = decisions.Count(static d => d.Proposed.Label == "a");
        Assert.InRange(withheld, 1, 20);
        Assert.Empty(world.Engine.GuidanceUses.AsOf(UndoWorld.Agent, WrittenTable.Now));
        await OutcomesAsync(world, decisions.Select(static d => d.Id), "b");

        var value = GuidanceValue.Of(world.Engine.GuidanceUses.AsOf(UndoWorld.Agent, WrittenTable.Now)).Single(v => v.Item == item.Id);
        Assert.Equal((60 - withheld, 60 - withheld, withheld, 0), (value.Shown, value.ShownRight, value.Withheld, value.WithheldRight));
        var next = GuidanceJson.Read((await world.BuildAsync()).Built.Bundle.Guidance.Single(json => json.Contains(item.Id, StringComparison.Ordinal)));
        Assert.Equal((60 - withheld, 0), (next.Help, next.Harm));
        Assert.NotNull(world.Engine.GuidanceExposures.Of("g-00"));
        Assert.Contains("guidance", string.Join('\n', UndoWorld.Take(world.Engine.Explain.Of("g-00", isClear: false)).Text), StringComparison.Ordinal);
    }

    private static async Task<UndoWorld> WithHistoryAsync()
    {
        var world = await UndoWorld.OpenAsync();
        await world.ImportAsync(UndoWorld.Decisions, UndoWorld.Corrections);
        return world;
    }

    private static async Task<GuidanceAnswer> AskAsync(UndoWorld world, string topic, string? unit, string? decision = null) => UndoWorld.Take(await world.Engine.Guide.HandleAsync(
        new AskForGuidance(UndoWorld.Agent, new(Context.Of([new("topic", FeatureValue.Of(topic))])) { Unit = unit }, Gateway) { Decision = decision }, default));

    private static async Task<Refusal> RefusedAsync(UndoWorld world, GuidanceItem item, Actor? by = null) =>
        Assert.IsType<Answer<GuidanceItem>.Refused>(await world.Engine.WriteGuidance.HandleAsync(new WriteGuidance(UndoWorld.Agent, item, by ?? Greta), default)).Why;

    private static async Task<EvaluationReport> EvaluateAsync(UndoWorld world, string digest)
    {
        var agent = world.Engine.Agents.Find(UndoWorld.Agent)!;
        var snapshot = world.Engine.Snapshots.Of(digest)!;
        return UndoWorld.Take(await world.Engine.Evaluate.HandleAsync(
            new EvaluateCandidate(digest, new("ada")), agent, world.Engine.Source.GroundOf(snapshot, world.Engine.Ledger.Candidate(digest)!.Parent, world.Engine.Source.Cases(snapshot)), new(), default));
    }

    private static async Task<Refusal> ApprovedByAsync(UndoWorld world, string digest, Actor by)
    {
        await EvaluateAsync(world, digest);
        var answer = await world.Engine.Approve.HandleAsync(new ApproveCandidate(digest, AcceptsUnproven: true, "read", by), world.Engine.Agents.Find(UndoWorld.Agent)!, new InForce(world.Engine.GoldenSets.Of(UndoWorld.Agent).Digest), default);
        return Assert.IsType<Answer<CandidateApproved>.Refused>(answer).Why;
    }

    private static async Task OutcomesAsync(UndoWorld world, IEnumerable<string> decisions, string truth)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "outcomes.jsonl");
        await File.WriteAllLinesAsync(path, decisions.Select(id => $$"""{"decisionId":"{{id}}","metric":"truth","action":"{{truth}}","at":"2026-01-20T00:00:00Z"}"""));
        Assert.False((await world.Engine.Import.RunAsync(LogKind.Outcomes, path, new("importer"), new(), null, default)).HasProblems);
    }
}
