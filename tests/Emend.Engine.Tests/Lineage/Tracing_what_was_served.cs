using Emend.Engine.Learning;
using Emend.Engine.Lineage;
using Emend.Engine.Normalizing;
using Emend.Engine.Serving;
using Emend.Engine.Tests.Learning;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Engine.Tests.Lineage;

public class Tracing_what_was_served
{
    [Fact]
    public async Task backward_from_a_decision_are_exactly_the_corrections_of_the_rules_evidence_and_forward_from_them_exactly_what_their_rules_changed()
    {
        await using var world = await UndoWorld.OpenAsync();
        var (built, served) = await ServedAsync(world);
        var rules = built.Built.Bundle.Rules.ToDictionary(static r => r.Id, StringComparer.Ordinal);
        var changed = served.Where(static s => s is { IsChanged: true, Verdict.Cause: Cause.Rule }).ToList();
        Assert.NotEmpty(changed);

        foreach (var one in changed)
        {
            var graph = UndoWorld.Take(world.Engine.Lineage.Of(one.Decision.Id));
            var evidence = rules[one.RuleId!].Evidence;
            Assert.Equal(
                UndoWorld.Corrections.Where(c => evidence.Contains(c.DecisionId, StringComparer.Ordinal)).Select(static c => c.Id).Order(StringComparer.Ordinal),
                Ids(graph, LineageKind.Correction));
            Assert.Equal([one.RuleId], Ids(graph, LineageKind.Rule));
            Assert.Equal([built.Digest], Ids(graph, LineageKind.Bundle));
            Assert.Superset(UndoWorld.Corrections.Where(c => evidence.Contains(c.DecisionId, StringComparer.Ordinal)).Select(static c => c.By).ToHashSet(StringComparer.Ordinal), Ids(graph, LineageKind.Person).ToHashSet(StringComparer.Ordinal));
        }

        foreach (var correction in UndoWorld.Corrections)
        {
            var graph = UndoWorld.Take(world.Engine.Lineage.Of(correction.Id));
            var standing = rules.Values.Where(r => r.Evidence.Contains(correction.DecisionId, StringComparer.Ordinal)).Select(static r => r.Id).ToHashSet(StringComparer.Ordinal);
            Assert.Equal(standing.Order(StringComparer.Ordinal), Ids(graph, LineageKind.Rule));
            Assert.Equal(changed.Where(s => standing.Contains(s.RuleId!)).Select(static s => s.Decision.Id).Order(StringComparer.Ordinal), Ids(graph, LineageKind.Decision));
        }
    }

    [Fact]
    public async Task what_was_said_after_a_bundle_was_built_is_not_what_it_stands_on()
    {
        await using var world = await UndoWorld.OpenAsync();
        var (built, served) = await ServedAsync(world);
        var mined = built.Built.Bundle.Rules.First(static r => r.Origin == RuleOrigin.Mined);
        var changed = served.First(s => s.RuleId == mined.Id).Decision.Id;
        var before = UndoWorld.Take(world.Engine.Lineage.Of(changed));
        var agreed = UndoWorld.Corrections.First(c => c.DecisionId == mined.Evidence[0]);
        var late = CorrectionId.Sign(agreed with { By = "ola", At = agreed.At + 1 });

        await world.ImportAsync([], [late]);

        Assert.Equal(before.Nodes, UndoWorld.Take(world.Engine.Lineage.Of(changed)).Nodes);
        Assert.Empty(Ids(UndoWorld.Take(world.Engine.Lineage.Of(late.Id)), LineageKind.Bundle));
        Assert.NotEmpty(Ids(UndoWorld.Take(world.Engine.Lineage.Of(agreed.Id)), LineageKind.Bundle));
    }

    [Fact]
    public async Task a_withdrawn_correction_still_answers_for_what_it_changed_and_is_marked()
    {
        await using var world = await UndoWorld.OpenAsync();
        var (built, served) = await ServedAsync(world);
        var mined = built.Built.Bundle.Rules.First(static r => r.Origin == RuleOrigin.Mined);
        var correction = UndoWorld.Corrections.First(c => c.DecisionId == mined.Evidence[0]);
        UndoWorld.Take(await world.Engine.Undo.HandleAsync(new(correction.Id, "a mistake", new("rosa")), default));

        var forward = UndoWorld.Take(world.Engine.Lineage.Of(correction.Id));
        Assert.Contains(mined.Id, Ids(forward, LineageKind.Rule));
        Assert.Contains(built.Digest, Ids(forward, LineageKind.Bundle));
        var changed = served.First(s => s.RuleId == mined.Id).Decision.Id;
        Assert.Contains(changed, Ids(forward, LineageKind.Decision));
        var back = UndoWorld.Take(world.Engine.Lineage.Of(changed)).Nodes.Single(n => n.Kind == LineageKind.Correction && n.Id == correction.Id);
        Assert.EndsWith("withdrawn", back.Label, StringComparison.Ordinal);
    }

    // Everything imported, learned from, released to everybody and served.
    private static async Task<(PreparedCandidate Built, List<ServedDecision> Served)> ServedAsync(UndoWorld world)
    {
        await world.ImportAsync(UndoWorld.Decisions, UndoWorld.Corrections);
        var built = await world.BuildAsync();
        await world.ReleaseAsync(built.Digest);
        var served = new List<ServedDecision>();
        await world.Engine.Serve.HandleAsync(new ServeDecisions(UndoWorld.Decisions, new("gateway")) { Served = served.Add }, default);
        return (built, served);
    }

    private static IEnumerable<string> Ids(LineageGraph graph, LineageKind kind) => graph.Nodes.Where(n => n.Kind == kind).Select(static n => n.Id).Order(StringComparer.Ordinal);
}
