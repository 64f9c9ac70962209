using Emend.Engine.Journal;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Tests.Learning;
using Emend.Engine.Trust;
using Emend.Logic;

namespace Emend.Engine.Tests.Trust;

public class Putting_somebody_into_quarantine
{
    private static readonly Actor Lead = new("mira");

    private static Task<UndoWorld> WorldAsync(Func<Correction, bool>? said = null) => WorldAsync(UndoWorld.Corrections.Where(said ?? (static _ => true)));

    private static async Task<UndoWorld> WorldAsync(IEnumerable<Correction> said)
    {
        var world = await UndoWorld.OpenAsync();
        await world.ImportAsync(UndoWorld.Decisions, said);
        return world;
    }

    private static Task<Answer<QuarantinePreview>> InAsync(UndoWorld world, string who, string by = "mira") => world.Engine.Quarantines.HandleAsync(new QuarantineSubmitter(who, "burst of odd corrections", new(by)), default);

    private static Task<Answer<Guid>> OutAsync(UndoWorld world, string who, string by = "mira") => world.Engine.Quarantines.HandleAsync(new ReleaseSubmitter(who, "talked to them", new(by)), default);

    private static string Code<T>(Answer<T> answer) => Assert.IsType<Answer<T>.Refused>(answer).Why.Code;

    private static string[] Lines(UndoWorld world) => [.. world.Engine.Cases.Read(UndoWorld.Agent).Select(CaseManifest.Line)];

    [Fact]
    public async Task leaves_the_cases_of_a_world_in_which_they_never_spoke_and_gives_all_of_it_back()
    {
        await using var world = await WorldAsync();
        await using var without = await WorldAsync(static c => c.By != "rosa");
        var before = Lines(world);

        UndoWorld.Take(await InAsync(world, "rosa"));
        Assert.Equal(Lines(without), Lines(world));
        Assert.NotEqual(before, Lines(world));

        world.Clock.Move(TimeSpan.FromDays(1));
        UndoWorld.Take(await OutAsync(world, "rosa"));
        Assert.Equal(before, Lines(world));
    }

    [Fact]
    public async Task shows_what_it_undoes_and_rebuilds_what_is_served_byte_for_byte_without_them()
    {
        await using var world = await WorldAsync();
        await using var without = await WorldAsync(static c => c.By != "rosa");
        foreach (var one in new[] { world, without }) await one.ReleaseAsync((await one.BuildAsync()).Digest);
        var served = world.Engine.Ledger.Board(UndoWorld.Agent).Served;

        var effect = Assert.Single(UndoWorld.Take(await world.Engine.Quarantines.PreviewAsync("rosa", default)).Agents);
        Assert.Equal(served, effect.Served);
        Assert.NotEmpty(effect.Rules!.Removed.Concat(effect.Rules.Added));
        Assert.Equal(without.Engine.Ledger.Board(UndoWorld.Agent).Served, effect.Rebuilt![^1].Digest);
        Assert.Equal(served, world.Engine.Ledger.Board(UndoWorld.Agent).Served);

        UndoWorld.Take(await InAsync(world, "rosa"));
        Assert.NotNull(world.Engine.Ledger.Bundle(effect.Rebuilt[^1].Digest));

        // Out again: what was served builds to its own bytes.
        world.Clock.Move(TimeSpan.FromDays(1));
        UndoWorld.Take(await OutAsync(world, "rosa"));
        var again = world.Engine.Rebuild.Run(served!, new Dictionary<string, long>(StringComparer.Ordinal) { ["none"] = 0 }, default)!;
        Assert.Equal(served, again[^1].Digest);
    }

    [Fact]
    public async Task builds_what_was_built_meanwhile_again_as_it_was()
    {
        await using var world = await WorldAsync();
        UndoWorld.Take(await InAsync(world, "rosa"));
        var meanwhile = await world.BuildAsync();
        world.Clock.Move(TimeSpan.FromDays(1));
        UndoWorld.Take(await OutAsync(world, "rosa"));

        var again = world.Engine.Rebuild.Run(meanwhile.Digest, new Dictionary<string, long>(StringComparer.Ordinal) { ["none"] = 0 }, default)!;
        Assert.Equal(meanwhile.Digest, again[^1].Digest);
        Assert.NotEqual(meanwhile.Digest, (await world.BuildAsync()).Digest);
    }

    [Fact]
    public async Task sets_a_ruling_aside_that_only_repeats_them_and_keeps_one_that_says_otherwise()
    {
        await using var world = await WorldAsync();
        // Number 6 and 10: only rosa spoke. A lead agrees with her on the first and not on the second.
        var (repeats, differs) = (UndoWorld.Decisions[6].Id, UndoWorld.Decisions[10].Id);
        Assert.All([repeats, differs], id => Assert.Equal("rosa", Assert.Single(UndoWorld.Corrections, c => c.DecisionId == id).By));
        var engine = world.Engine;
        UndoWorld.Take(await engine.Rulings.HandleAsync(new(repeats, CorrectionVerdict.Confirm, null, "read it", new("lead")), default));
        UndoWorld.Take(await engine.Rulings.HandleAsync(new(differs, CorrectionVerdict.Modify, new AgentAction("d"), "read it", new("lead")), default));

        UndoWorld.Take(await InAsync(world, "rosa"));

        Assert.Null(engine.Reviews.Of(repeats));
        Assert.True(engine.Reviews.Of(differs) is { IsRuled: true, Truth.Label: "d" });
        Assert.Empty(engine.Cases.Read(UndoWorld.Agent).Single(c => c.Decision.Id == differs).Ruling.Submitters);
        // What somebody in quarantine ruled themselves does not stand either.
        UndoWorld.Take(await InAsync(world, "lead"));
        Assert.Null(engine.Reviews.Of(differs));
    }

    [Fact]
    public async Task gives_the_same_state_whatever_came_first_and_when_read_models_are_rebuilt()
    {
        await using var early = await UndoWorld.OpenAsync();
        await using var late = await UndoWorld.OpenAsync();
        var (first, rest) = (UndoWorld.Corrections.Take(1), UndoWorld.Corrections.Skip(1));
        foreach (var world in new[] { early, late }) await world.ImportAsync(UndoWorld.Decisions, first);
        Assert.Equal("rosa", first.Single().By);

        UndoWorld.Take(await InAsync(early, "rosa"));
        await early.ImportAsync([], rest);
        await late.ImportAsync([], rest.Reverse(), batch: 7);
        UndoWorld.Take(await InAsync(late, "rosa"));

        var state = StateDigest.Of(early.Engine.Store);
        Assert.Equal(state, StateDigest.Of(late.Engine.Store));
        await RebuildProjections.RunAsync(early.Engine.Store, null, default);
        Assert.Equal(state, StateDigest.Of(early.Engine.Store));
    }

    [Fact]
    public async Task is_for_people_with_the_right_and_never_about_oneself()
    {
        await using var world = await WorldAsync();
        Assert.Equal("trust.submitter-unknown", Code(await InAsync(world, "nobody")));
        Assert.Equal("trust.own-quarantine", Code(await InAsync(world, "rosa", by: "rosa")));
        Assert.Equal("release.only-a-person", Code(await world.Engine.Quarantines.HandleAsync(new QuarantineSubmitter("rosa", "x", Actor.Policy("watch")), default)));
        Assert.Equal("access.not-permitted", Code(await world.Engine.Quarantines.HandleAsync(new QuarantineSubmitter("rosa", "x", Lead with { Rights = Engine.Access.Roles.Of(Engine.Access.Role.Reviewer) }), default)));
        Assert.Equal("release.reason-missing", Code(await world.Engine.Quarantines.HandleAsync(new QuarantineSubmitter("rosa", " ", Lead), default)));
        Assert.Equal("trust.not-in-quarantine", Code(await OutAsync(world, "rosa")));

        UndoWorld.Take(await InAsync(world, "rosa"));
        Assert.Equal("trust.in-quarantine", Code(await InAsync(world, "rosa")));
        Assert.Equal("trust.own-quarantine", Code(await OutAsync(world, "rosa", by: "rosa")));
        Assert.Equal(["burst of odd corrections"], world.Engine.TrustBook.WordsOn(world.Engine.TrustBook.Find("rosa")!.Value).Select(static word => word.Why));
        Assert.NotNull(world.Engine.TrustBook.Submitters(10).Single(s => s.Principal == world.Engine.Store.PrincipalOf("rosa")).QuarantinedSince);
    }

    [Fact]
    public async Task reaches_the_history_that_the_fast_lane_keeps_at_hand()
    {
        await using var world = await WorldAsync();
        var agent = world.Engine.Agents.Find(UndoWorld.Agent)!;
        var before = world.Engine.Histories.Of(agent, world.Engine.Store.Size).Cases.Count;
        UndoWorld.Take(await InAsync(world, "rosa"));
        Assert.Equal(Lines(world).Length, world.Engine.Histories.Of(agent, world.Engine.Store.Size).Cases.Count);
        world.Clock.Move(TimeSpan.FromDays(1));
        UndoWorld.Take(await OutAsync(world, "rosa"));
        Assert.Equal(before, world.Engine.Histories.Of(agent, world.Engine.Store.Size).Cases.Count);
    }
}
