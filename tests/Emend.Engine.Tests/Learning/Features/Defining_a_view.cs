using Emend.Engine.Journal;
using Emend.Engine.Learning.Features;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Tests.Learning.Features;

public class Defining_a_view
{
    private static readonly string[] All = [FeatureWorld.Desk, FeatureWorld.Customer, FeatureWorld.Sums];

    [Fact]
    public async Task over_a_history_says_what_it_would_have_said_had_it_been_there_from_the_start()
    {
        var seed = Environment.TickCount;
        await using var before = await FeatureWorld.OpenAsync(All);
        await using var after = await FeatureWorld.OpenAsync();
        var random = new Random(seed);
        var instants = new List<long>();
        foreach (var signal in Lives.Signals(random, before.Now, 25))
        {
            foreach (var world in new[] { before, after })
            {
                await world.GiveAsync(signal);
                if (signal is Correction { Verdict: CorrectionVerdict.Reject } rejected) await world.WithdrawAsync(rejected.Id);
                world.Clock.Move(TimeSpan.FromMinutes(9));
            }
            instants.Add(before.Now);
        }
        await before.EraseAsync("s-3");
        await after.EraseAsync("s-3");
        foreach (var view in All) await after.DefineAsync(view);
        Assert.True(Lives.Said(before, [.. instants]) == Lives.Said(after, [.. instants]), $"seed {seed}");
        Assert.Equal(Lives.Latest(before), Lives.Latest(after));

        // Both workspaces hold the same events, at other places of their journals.
        Assert.Equal(StateDigest.Of(before.Engine.Store), StateDigest.Of(after.Engine.Store));
        await RebuildProjections.RunAsync(after.Engine.Store, null, default);
        Assert.Equal(StateDigest.Of(before.Engine.Store), StateDigest.Of(after.Engine.Store));
    }

    [Fact]
    public async Task gives_the_same_state_in_any_order_of_arrival()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        await using var one = await FeatureWorld.OpenAsync(All);
        await using var other = await FeatureWorld.OpenAsync(All);
        var signals = Lives.Signals(random, one.Now, 25);
        foreach (var signal in signals) await one.GiveAsync(signal);
        var again = signals.ToArray();
        random.Shuffle(again);
        foreach (var signal in again) await other.GiveAsync(signal);
        Assert.True(StateDigest.Of(one.Engine.Store) == StateDigest.Of(other.Engine.Store), $"seed {seed}");
        await other.GiveAsync(FeatureWorld.Decision("one-more", "cards", other.Now, subject: "s-1"));
        Assert.NotEqual(StateDigest.Of(one.Engine.Store), StateDigest.Of(other.Engine.Store));
    }

    [Fact]
    public async Task that_ended_half_way_is_finished_when_the_workspace_is_opened()
    {
        await using var world = await FeatureWorld.OpenAsync();
        for (var i = 0; i < FeatureProjection.Page + 20; i++) await world.GiveAsync(FeatureWorld.Decision("d-" + i, "cards", world.Now, subject: "s-1"));
        var view = Assert.IsType<Answer<FeatureView>.Granted>(FeatureViewJson.Read(FeatureWorld.Customer)).Value;
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => world.Engine.DefineFeatures.HandleAsync(
            new DefineFeatureView(view, FeatureWorld.Ada), (filled, _) => { if (filled > 0) stop.Cancel(); }, stop.Token));
        var half = world.Known("customer");
        Assert.False(half.IsReady);
        Assert.Equal("feature.filling", Assert.IsType<Answer<IReadOnlyList<Feature>>.Refused>(world.Engine.LatestFeatures.Of(half, FeatureWorld.Key(("subject", FeatureValue.Of("s-1"))))).Why.Code);

        await world.ReopenAsync();
        Assert.Equal($"seen={FeatureProjection.Page + 20}", world.Latest("customer", ("subject", FeatureValue.Of("s-1")))[2]);
    }

    [Fact]
    public async Task again_changes_nothing_and_more_features_keep_the_version()
    {
        await using var world = await FeatureWorld.OpenAsync(FeatureWorld.Sums);
        await world.GiveAsync(FeatureWorld.Decision("d", "cards", world.Now));
        await world.GiveAsync(FeatureWorld.Cost("d", 7.25, world.Now));
        var size = world.Engine.Store.Size;
        Assert.Equal(1, (await world.DefineAsync(FeatureWorld.Sums)).Version);
        Assert.Equal(size, world.Engine.Store.Size);

        var more = FeatureWorld.Sums.Replace("\"n\":", "\"many\":{\"measure\":\"count\"},\"n\":", StringComparison.Ordinal);
        Assert.Equal(1, (await world.DefineAsync(more)).Version);
        Assert.Equal(["cost=7.25", "dear=1", "many=1", "n=1"], world.Latest("sums"));
    }

    [Theory]
    [InlineData("\"window\":\"2d\"", "\"window\":\"3d\"", "window")]
    [InlineData("\"measure\":\"mean\"", "\"measure\":\"distinct\"", "cost")]
    [InlineData("event.metric == \\\"cost\\\"", "event.metric == \\\"price\\\"", "filters")]
    [InlineData(",\"dear\":{\"measure\":\"rate\",\"hit\":\"event.value > 5\"}", "", "dear")]
    public async Task otherwise_needs_a_new_version_and_leaves_the_old_one_as_it_is(string old, string changed, string named)
    {
        await using var world = await FeatureWorld.OpenAsync(FeatureWorld.Sums);
        await world.GiveAsync(FeatureWorld.Decision("d", "cards", world.Now));
        await world.GiveAsync(FeatureWorld.Cost("d", 7, world.Now));
        var before = world.Latest("sums");
        var other = FeatureWorld.Sums.Replace(old, changed, StringComparison.Ordinal);
        Assert.NotEqual(FeatureWorld.Sums, other);
        var no = Assert.IsType<Answer<FeatureView>.Refused>(await world.AskAsync(other)).Why;
        Assert.Equal("feature.incompatible", no.Code);
        Assert.Contains(named, no.Message, StringComparison.Ordinal);

        Assert.Equal(2, (await world.DefineAsync(other, newVersion: true)).Version);
        Assert.Equal(before, world.Latest("sums@1"));
        Assert.Equal(2, world.Known("sums").Definition.Version);
    }

    [Fact]
    public async Task is_for_who_may_fix_data_sets()
    {
        await using var world = await FeatureWorld.OpenAsync();
        var view = Assert.IsType<Answer<FeatureView>.Granted>(FeatureViewJson.Read(FeatureWorld.Sums)).Value;
        var by = new Actor("rosa") { Rights = Engine.Access.Roles.Of(Engine.Access.Role.Reviewer) };
        Assert.Equal("access.not-permitted", Assert.IsType<Answer<FeatureView>.Refused>(await world.Engine.DefineFeatures.HandleAsync(new DefineFeatureView(view, by), null, default)).Why.Code);
    }

    [Theory]
    [InlineData("""{"name":"v","of":"decisions","where":"vip == true","features":{"n":{"measure":"count"}}}""", "'vip'")]
    [InlineData("""{"name":"v","of":"decisions","key":["city"],"features":{"n":{"measure":"distinct","value":"age"}}}""", "'city', 'age'")]
    public async Task over_what_is_personal_is_refused(string definition, string named)
    {
        await using var world = await FeatureWorld.OpenAsync();
        var no = Assert.IsType<Answer<FeatureView>.Refused>(await world.AskAsync(definition)).Why;
        Assert.Equal("feature.personal", no.Code);
        Assert.Contains(named, no.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"of":"decisions","features":{"n":{"measure":"count"}}}""", "name:")]
    [InlineData("""{"name":"V","of":"decisions","features":{"n":{"measure":"count"}}}""", "name:")]
    [InlineData("""{"name":"v","of":"signals","features":{"n":{"measure":"count"}}}""", "of: one of")]
    [InlineData("""{"name":"v","of":"decisions","features":{}}""", "features: 1 to")]
    [InlineData("""{"name":"v","of":"decisions","features":{"n":{"measure":"sum"}}}""", "measure: one of")]
    [InlineData("""{"name":"v","of":"decisions","features":{"n":{"measure":"rate"}}}""", "needs \"hit\"")]
    [InlineData("""{"name":"v","of":"decisions","features":{"n":{"measure":"mean"}}}""", "needs \"value\"")]
    [InlineData("""{"name":"v","of":"decisions","features":{"n":{"measure":"count","value":"confidence"}}}""", "has no \"value\"")]
    [InlineData("""{"name":"v","of":"decisions","features":{"n":{"measure":"last","value":"subject"}}}""", "is a person")]
    [InlineData("""{"name":"v","of":"decisions","where":"text contains \"refund\"","features":{"n":{"measure":"count"}}}""", "`text` is personal")]
    [InlineData("""{"name":"v","of":"decisions","where":"event.verdict == \"modify\"","features":{"n":{"measure":"count"}}}""", "decisions have no `event.verdict`")]
    [InlineData("""{"name":"v","of":"decisions","where":"confidence >","features":{"n":{"measure":"count"}}}""", "where:")]
    [InlineData("""{"name":"v","of":"decisions","window":"24","features":{"n":{"measure":"count"}}}""", "window: a whole number and a unit")]
    [InlineData("""{"name":"v","of":"decisions","window":"25h","grain":"2h","features":{"n":{"measure":"count"}}}""", "no whole number")]
    [InlineData("""{"name":"v","of":"decisions","window":"30d","grain":"1m","features":{"n":{"measure":"count"}}}""", "at most 1000")]
    [InlineData("""{"name":"v","of":"decisions","window":"1d","ttl":"2d","features":{"n":{"measure":"count"}}}""", "ttl:")]
    [InlineData("""{"name":"v","of":"decisions","ttl":"2d","features":{"n":{"measure":"count"}}}""", "ttl: only what has a window")]
    [InlineData("""{"name":"v","of":"decisions","key":["confidence","confidence"],"features":{"n":{"measure":"count"}}}""", "stands in it twice")]
    [InlineData("""{"name":"v","of":"decisions","windw":"1d","features":{"n":{"measure":"count"}}}""", "windw is not known here")]
    [InlineData("""[1]""", "JSON object")]
    [InlineData("""{"name":""", "not JSON")]
    public void that_is_wrong_is_refused_with_what_is_wrong_with_it(string definition, string problem)
    {
        var no = Assert.IsType<Answer<FeatureView>.Refused>(FeatureViewJson.Read(definition)).Why;
        Assert.Equal("feature.view-wrong", no.Code);
        Assert.Contains(problem, no.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void is_the_same_after_it_was_written_and_read()
    {
        foreach (var text in All)
        {
            var view = Assert.IsType<Answer<FeatureView>.Granted>(FeatureViewJson.Read(text)).Value;
            var again = Assert.IsType<Answer<FeatureView>.Granted>(FeatureViewJson.Read(FeatureViewJson.Write(view))).Value;
            Assert.Empty(again.Breaks(view));
            Assert.Equal(FeatureViewJson.Write(view), FeatureViewJson.Write(again));
        }
    }

    [Theory]
    [InlineData("24h", "1h")]
    [InlineData("1h", "1m")]
    [InlineData("30d", "1d")]
    [InlineData("7d", "1h")]
    [InlineData("90s", "1s")]
    public void moves_its_window_by_the_grain_one_would_expect(string window, string grain) =>
        Assert.Equal(grain, Duration.Text(Duration.UsualGrain(Duration.Read(window)!.Value)));
}
