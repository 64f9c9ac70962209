using Emend.Engine.Capturing;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Privacy;
using Emend.Engine.Tests.Releasing;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Learning;

public class Keeping_a_history_at_hand
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task gives_what_a_cold_read_gives_whatever_happened_since(int seed)
    {
        await using var world = await FastLaneWorld.OpenAsync(decisions: 60);
        var random = new Random(seed);
        var engine = world.Engine;
        var said = new List<string>();
        var next = 200;
        for (var step = 0; step < 60; step++)
        {
            switch (random.Next(9))
            {
                case 0: await world.DecideAsync([.. Enumerable.Range(next, 3).Select(FastLaneWorld.Decision)]); next += 3; break;
                // Older than all that is there, about the same person each time.
                case 1: await world.DecideAsync(FastLaneWorld.Decision(next) with { OccurredAt = 1_000_000_000_000_000 + next, Subject = "cust-1" }); next++; break;
                case 2 when said.Count > 0: await engine.Withdrawals.HandleAsync(new(said[random.Next(said.Count)], "a mistake", new("lead")), default); break;
                case 3: await engine.Rulings.HandleAsync(new($"d-{random.Next(40):000}", CorrectionVerdict.Modify, new("c"), "read it", new("lead")), default); break;
                case 4: await RevealAsync(engine, random.Next(40), step); break;
                case 5 when random.Next(4) == 0:
                    var agent = engine.Agents.Find(FastLaneWorld.Agent)!;
                    Granted(await engine.AgentHandler.HandleAsync(new ChangeAgent(agent with { Envelope = agent.Envelope with { IsOpen = !agent.Envelope.IsOpen } }, new("lead")), default));
                    break;
                case 6 when random.Next(4) == 0: await EraseSubject.EraseAsync(engine.Store, "cust-1", "asked", new("lead"), default); break;
                default:
                    if (await TryCorrectAsync(world, random.Next(40), random.Next(3) switch { 0 => null, 1 => "b", _ => "c" }, random.Next(2) == 0 ? "rosa" : "bo", step) is { } id) said.Add(id);
                    break;
            }
            if (random.Next(3) == 0) continue;
            var definition = engine.Agents.Find(FastLaneWorld.Agent)!;
            var upTo = engine.Store.Size;
            var warm = engine.Histories.Of(definition, upTo);
            var cold = new AgentHistories(engine.Store, engine.Cases, engine.Decisions).Of(definition, upTo);
            Assert.Equal(cold.Decisions.Select(Shown), warm.Decisions.Select(Shown));
            Assert.Equal(cold.Cases.Select(CaseManifest.Line), warm.Cases.Select(CaseManifest.Line));
            Assert.Equal(cold.Cases.Select(static c => c.Decision.Context.Text), warm.Cases.Select(static c => c.Decision.Context.Text));
        }
    }

    [Fact]
    public async Task is_read_again_only_where_something_was_said()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        var agent = world.Engine.Agents.Find(FastLaneWorld.Agent)!;
        await world.CorrectAsync(3);
        var before = world.Engine.Histories.Of(agent, world.Engine.Store.Size);
        await world.CorrectAsync(4);

        var after = world.Engine.Histories.Of(agent, world.Engine.Store.Size);

        Assert.Equal((1, 2), (before.Cases.Count, after.Cases.Count));
        Assert.Same(before.Decisions[10], after.Decisions[10]);
        Assert.Single(after.Decisions.Except(before.Decisions, ReferenceEqualityComparer.Instance).Cast<KnownDecision>(), static one => one.Decision.Id == "d-004");
    }

    [Fact]
    public async Task forgets_at_once_when_somebody_is_erased()
    {
        await using var world = await FastLaneWorld.OpenAsync(decisions: 60);
        await world.DecideAsync(FastLaneWorld.Decision(200) with { Subject = "cust-1" });
        var agent = world.Engine.Agents.Find(FastLaneWorld.Agent)!;
        var kept = world.Engine.Histories.Of(agent, world.Engine.Store.Size);
        Assert.Same(kept, world.Engine.Histories.Of(agent, world.Engine.Store.Size));

        await EraseSubject.EraseAsync(world.Engine.Store, "cust-1", "asked", new("lead"), default);

        var again = world.Engine.Histories.Of(agent, kept.UpTo);
        Assert.NotSame(kept, again);
        Assert.Equal((true, null), again.Decisions.Single(static one => one.Decision.Id == "d-200") is var erased ? (erased.IsErased, erased.Decision.Context.Text) : default);
    }

    [Fact]
    public async Task does_not_keep_what_is_too_large()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        var agent = world.Engine.Agents.Find(FastLaneWorld.Agent)!;
        var small = new AgentHistories(world.Engine.Store, world.Engine.Cases, world.Engine.Decisions, maxDecisions: 149);

        Assert.NotSame(small.Of(agent, world.Engine.Store.Size), small.Of(agent, world.Engine.Store.Size));
        Assert.Equal(150, small.Of(agent, world.Engine.Store.Size).Decisions.Count);
    }

    private static string Shown(KnownDecision one) =>
        $"{one.Decision.Id} {one.Decision.OccurredAt} {one.Decision.Context.Text} {one.Decision.Subject} {string.Join(',', one.Decision.Context.Features)} {one.Decision.Proposed} {one.At} {one.IsErased} {one.Truth} {one.IsWrong} {one.TruthAt} {one.IsRuled}";

    private static async Task<string?> TryCorrectAsync(FastLaneWorld world, int decision, string? right, string by, int step)
    {
        var correction = CorrectionId.Sign(new()
        {
            Id = "",
            Key = $"k-{step}",
            DecisionId = FastLaneWorld.Decision(decision).Id,
            Verdict = right is null ? CorrectionVerdict.Confirm : CorrectionVerdict.Modify,
            Action = right is null ? null : new(right),
            By = by,
            At = FastLaneWorld.Decision(decision).OccurredAt + step,
        });
        var accepted = (await new AcceptBatch<Correction>(world.Engine.Store, new AcceptCorrections(world.Engine.Store, world.Engine.Agents), world.Clock).HandleAsync([correction], new("importer"), default)).Single();
        return accepted.Kind == AcceptanceKind.Accepted ? correction.Id : null;
    }

    private static Task<Acceptance[]> RevealAsync(EmendEngine engine, int decision, int step) =>
        new AcceptBatch<Outcome>(engine.Store, new AcceptOutcomes(engine.Store), engine.Clock).HandleAsync(
            [new() { DecisionId = FastLaneWorld.Decision(decision).Id, Metric = Outcome.Truth, Action = new(step % 2 == 0 ? "b" : "a"), At = FastLaneWorld.Decision(decision).OccurredAt + 5_000_000 + step }], new("importer"), default);
}
