using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.TestKit;

namespace Emend.Engine.Tests.Learning;

public class Undoing_a_correction
{
    private static readonly Actor Rosa = new("rosa");

    // The first build sees the decisions of the first half and what was said of them.
    private static readonly string Middle = UndoWorld.Decisions[60].Id;

    private static bool IsEarly(Correction said) => string.CompareOrdinal(said.DecisionId, Middle) < 0;

    /// <summary>Imports half, builds, releases; imports the rest, builds on top, releases: a chain of two.</summary>
    private static async Task<UndoWorld> ChainOfTwoAsync(params string[] without)
    {
        var world = await UndoWorld.OpenAsync();
        var said = UndoWorld.Corrections.Where(c => !without.Contains(c.Id, StringComparer.Ordinal)).ToList();
        await world.ImportAsync(UndoWorld.Decisions.Take(100), said.Where(IsEarly));
        await world.ReleaseAsync((await world.BuildAsync()).Digest);
        world.Clock.Move(TimeSpan.FromDays(1));
        await world.ImportAsync(UndoWorld.Decisions.Skip(100), said.Where(static c => !IsEarly(c)));
        await world.ReleaseAsync((await world.BuildAsync()).Digest);
        return world;
    }

    private static Correction Of(int decision, string? by = null) => UndoWorld.Corrections.First(c => c.DecisionId == UndoWorld.Decisions[decision].Id && (by is null || c.By == by));

    public static TheoryData<string> Withdrawn => new()
    {
        Of(0, "rosa").Id,    // one of two who agree
        Of(3).Id,            // a confirmation
        Of(16).Id,            // behind a rule
        Of(42).Id,           // a mistake nobody else made
        Of(64).Id,           // in the second bundle only
    };

    [Theory, MemberData(nameof(Withdrawn))]
    public async Task leaves_the_very_bytes_of_a_world_that_never_had_it_all_the_way_back(string correction)
    {
        await using var had = await ChainOfTwoAsync();
        await using var never = await ChainOfTwoAsync(correction);
        Assert.Equal(2, had.Chain(had.Engine.Ledger.Board(UndoWorld.Agent).Served).Count);

        var undone = UndoWorld.Take(await had.Engine.Undo.HandleAsync(new WithdrawCorrection(correction, "a mistake", Rosa), default));
        Assert.Equal(never.Chain(never.Engine.Ledger.Board(UndoWorld.Agent).Served), had.Chain(undone.Preview.Instead!.Digest));
        Assert.NotEqual(had.Engine.Ledger.Board(UndoWorld.Agent).Served, undone.Preview.Instead.Digest);
    }

    [Fact]
    public async Task one_after_the_other_leaves_nothing_of_any_though_nothing_was_released_between()
    {
        // The second one is younger than the first bundle, which still has the first one in it.
        var (early, late) = (Of(16).Id, Of(64).Id);
        await using var had = await ChainOfTwoAsync();
        await using var never = await ChainOfTwoAsync(early, late);
        UndoWorld.Take(await had.Engine.Undo.HandleAsync(new WithdrawCorrection(early, "a mistake", Rosa), default));
        var undone = UndoWorld.Take(await had.Engine.Undo.HandleAsync(new WithdrawCorrection(late, "a mistake", Rosa), default));
        Assert.Equal(never.Chain(never.Engine.Ledger.Board(UndoWorld.Agent).Served), had.Chain(undone.Preview.Instead!.Digest));
    }

    [Fact]
    public async Task shows_exactly_the_decisions_that_come_out_differently_and_the_preview_changes_nothing()
    {
        await using var world = await ChainOfTwoAsync();
        var size = world.Engine.Store.Size;
        foreach (var correction in new[] { Of(16).Id, Of(42).Id, Of(64).Id })
        {
            var preview = UndoWorld.Take(await world.Engine.Undo.PreviewAsync(correction, default));
            var (before, after) = (new CompiledPolicy(world.Engine.Ledger.Bundle(preview.Served!)!), new CompiledPolicy(preview.Instead!.Built.Bundle));
            var changed = UndoWorld.Decisions.Count(d => !ReplayCase.Same(before.Decide(d, out _), after.Decide(d, out _)));
            Assert.Equal(changed, preview.Replay!.Incumbent.Total.Changed);
            Assert.Equal(UndoWorld.Decisions.Count, preview.Replay.Decisions);
        }
        Assert.Equal(size, world.Engine.Store.Size);
    }

    [Fact]
    public async Task of_what_nothing_served_was_built_on_changes_nothing_served()
    {
        await using var world = await UndoWorld.OpenAsync();
        await world.ImportAsync(UndoWorld.Decisions, UndoWorld.Corrections);
        var undone = UndoWorld.Take(await world.Engine.Undo.HandleAsync(new WithdrawCorrection(Of(16).Id, "a mistake", Rosa), default));
        Assert.Equal((null, null, null), (undone.Preview.Served, undone.Preview.Rebuilt, undone.Report));

        await using var never = await UndoWorld.OpenAsync();
        await never.ImportAsync(UndoWorld.Decisions, UndoWorld.Corrections.Where(static c => c.Id != Of(16).Id));
        Assert.Equal((await never.BuildAsync()).Digest, (await world.BuildAsync()).Digest);
    }

    [Fact]
    public async Task candidates_do_not_depend_on_the_order_or_the_batches_of_the_import()
    {
        await using var straight = await UndoWorld.OpenAsync();
        await straight.ImportAsync(UndoWorld.Decisions, UndoWorld.Corrections);
        var expected = await straight.BuildAsync();
        Assert.NotEmpty(expected.Built.Report.Learned);
        var random = Seed.Next();
        for (var i = 0; i < 3; i++)
        {
            await using var world = await UndoWorld.OpenAsync();
            Correction[] said = [.. UndoWorld.Corrections, .. UndoWorld.Corrections.Take(20)];
            var decisions = UndoWorld.Decisions.ToArray();
            random.Shuffle(said);
            random.Shuffle(decisions);
            // Half of the corrections come before any decision.
            await world.ImportAsync([], said.Take(said.Length / 2), random.Next(1, 40));
            await world.ImportAsync(decisions, said.Skip(said.Length / 2), random.Next(1, 40));
            Assert.Equal(expected.Digest, (await world.BuildAsync()).Digest);
        }
    }
}
