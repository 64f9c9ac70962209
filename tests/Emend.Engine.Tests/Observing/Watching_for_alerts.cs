using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Releasing;
using Emend.Engine.Tests.Capturing;
using Emend.TestKit;
using static Emend.Engine.Tests.Evaluating.Cases;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Observing;

public sealed class Watching_for_alerts : IAsyncLifetime, IAsyncDisposable
{
    private static readonly Surroundings Fine = new() { Disk = new(50L << 30, 100L << 30), Verification = new(true, null) };

    private Releasing.Registry _at = null!;

    private WatchForAlerts Watch => new(_at.At.Store, Alerts, Observe);
    private ListAlerts Alerts => new(_at.At.Store);
    private ObserveWorkspace Observe => new(_at.At.Store, _at.Ledger, new(_at.At.Store), _at.Clock);

    public async Task InitializeAsync()
    {
        var at = await WorkspaceFixture.OpenAsync(
            [.. IntakeProjections.Create(), new ReleasingProjection(), new Engine.Evaluating.Golden.GoldenProjection(), new Engine.Serving.ExposureProjection(), new Engine.Serving.ManifestProjection(), new AlertProjection()]);
        _at = new(at) { Steps = ReleasePolicy.Default with { MinJudged = 0, MinExposed = 1, StepsBp = [5_000, 10_000] } };
    }

    public async Task DisposeAsync() => await _at.DisposeAsync();

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    private Task<AlertChanges> LookAsync(Surroundings? around = null) => Watch.LookAsync(AlertPolicy.Default, around ?? Fine, CancellationToken.None);

    private Task<Answer<Alert>> AcknowledgeAsync(string id, Actor? by = null) =>
        new AcknowledgeAlertHandler(_at.At.Store, Alerts, _at.Clock).HandleAsync(new(id, "on it", by ?? Operator), CancellationToken.None);

    [Fact]
    public async Task raises_nothing_while_all_is_well_and_writes_nothing_either()
    {
        Assert.Equal(AlertChanges.None, await LookAsync());
        Assert.Equal(0, _at.At.Store.Size);
    }

    [Fact]
    public async Task raises_once_however_often_one_looks_and_clears_once()
    {
        var full = Fine with { Disk = new(1L << 20, 100L << 30) };
        var raised = Assert.Single((await LookAsync(full)).Raised);
        Assert.Equal((AlertKind.DiskLow.Code, AlertSeverity.Page, ""), (raised.Kind, raised.Severity, raised.About));
        _at.Clock.Move(TimeSpan.FromMinutes(1));
        Assert.Equal(AlertChanges.None, await LookAsync(full));
        // Just above the limit is not well yet: a value at the border would raise an alert a minute.
        Assert.Equal(AlertChanges.None, await LookAsync(Fine with { Disk = new(6L << 30, 100L << 30) }));
        Assert.Equal(raised.Id, Assert.Single((await LookAsync()).Cleared).Id);
        Assert.Equal(AlertChanges.None, await LookAsync());
        Assert.Equal([AlertProjection.Raised, AlertProjection.Cleared], _at.At.Store.Entries().Select(static entry => entry.Type));

        var again = Assert.Single((await LookAsync(full)).Raised);
        Assert.NotEqual(raised.Id, again.Id);
        Assert.Equal([again.Id], Alerts.Open().Select(static alert => alert.Id));
        Assert.Equal(2, Alerts.Newest(10).Count);
    }

    [Fact]
    public async Task raises_once_when_two_look_at_once()
    {
        var full = Fine with { Disk = new(0, 100L << 30) };
        var both = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => LookAsync(full))));
        Assert.Single(both.SelectMany(static changes => changes.Raised));
        Assert.Single(Alerts.Open());
    }

    [Fact]
    public async Task leaves_open_what_it_cannot_judge()
    {
        await LookAsync(Fine with { Verification = new(false, 7) });
        Assert.Contains("the first bad entry is 7", Assert.Single(Alerts.Open()).Summary, StringComparison.Ordinal);
        Assert.Equal(AlertChanges.None, await LookAsync(Surroundings.Unknown));
        Assert.Single((await LookAsync()).Cleared);
    }

    [Fact]
    public async Task tells_of_corrections_that_wait_for_their_decision_for_a_day()
    {
        var desk = await new Desk(_at.At.Store, _at.Clock).WithAgentAsync();
        await desk.AcceptAsync(Desk.Correction("late", "cards"));
        Assert.Empty((await LookAsync()).Raised);
        _at.Clock.Move(TimeSpan.FromHours(25));
        Assert.Equal(AlertKind.ParkedTooLong.Code, Assert.Single((await LookAsync()).Raised).Kind);
        await desk.AcceptAsync(Desk.Decision("late"));
        Assert.Single((await LookAsync()).Cleared);
    }

    [Fact, Trait("Fault", "F28")]
    public async Task tells_of_a_canary_that_nobody_reaches_and_takes_it_back_at_the_deadline()
    {
        var started = Granted(await _at.StartAsync(await _at.ApprovedAsync(Bundle(Override("x", "b")))));
        _at.Clock.Move(TimeSpan.FromMinutes(29));
        Assert.Empty((await LookAsync()).Raised);
        _at.Clock.Move(TimeSpan.FromMinutes(2));
        var alert = Assert.Single((await LookAsync()).Raised);
        Assert.Equal((AlertKind.CanaryWithoutData.Code, started.Release.Id), (alert.Kind, alert.About));

        await _at.ServeAsync(Enumerable.Range(0, 50).Select(static i => Decision(i, "a", "x")));
        Assert.Equal(alert.Id, Assert.Single((await LookAsync()).Cleared).Id);

        // No data: no promotion, and no staying half released for ever either.
        Assert.False(await EndAsync());
        _at.Clock.Move(AlertPolicy.Default.CanaryDeadline);
        Assert.True(await EndAsync());
        Assert.Null(_at.Board.Current);
        Assert.Equal([AlertKind.ReleaseTakenBack.Code], (await LookAsync()).Raised.Select(static raised => raised.Kind));

        async Task<bool> EndAsync()
        {
            var seen = Observe.Observe(AlertPolicy.Default, Fine);
            return await _at.Watcher.EndSilentAsync(Assert.Single(seen.Releases), seen.Now, AlertPolicy.Default.CanaryDeadline, CancellationToken.None);
        }
    }

    [Fact]
    public async Task a_paused_release_waits_for_a_person_and_not_for_data()
    {
        Granted(await _at.StartAsync(await _at.ApprovedAsync(Bundle(Override("x", "b")))));
        Granted(await new PauseReleaseHandler(_at.Ledger).HandleAsync(new(_at.Agent.Id, "holiday", Operator), CancellationToken.None));
        _at.Clock.Move(TimeSpan.FromDays(30));
        Assert.Empty((await LookAsync()).Raised);
        var seen = Observe.Observe(AlertPolicy.Default, Fine);
        Assert.False(await _at.Watcher.EndSilentAsync(Assert.Single(seen.Releases), seen.Now, TimeSpan.FromDays(7), CancellationToken.None));
    }

    [Fact]
    public async Task tells_of_every_bundle_taken_back_once_and_is_done_when_somebody_has_it_in_hand()
    {
        Granted(await _at.StartAsync(await _at.ApprovedAsync(Bundle(Override("x", "b")))));
        Granted(await _at.RollBackAsync());
        var raised = Assert.Single((await LookAsync()).Raised);
        Assert.Contains("by a person", raised.Summary, StringComparison.Ordinal);
        Assert.Equal(AlertChanges.None, await LookAsync());

        var acknowledged = Granted(await AcknowledgeAsync(raised.Id));
        Assert.False(acknowledged.IsOpen);
        Assert.Equal(AlertChanges.None, await LookAsync());
        Assert.Empty(Alerts.Open());
        Assert.Equal(Operator.Name, Alerts.WhoAcknowledged(Alerts.Find(raised.Id)!));
    }

    [Fact]
    public async Task keeps_an_alert_open_that_somebody_has_in_hand_until_its_cause_is_gone()
    {
        var full = Fine with { Disk = new(0, 100L << 30) };
        var raised = Assert.Single((await LookAsync(full)).Raised);
        Assert.True(Granted(await AcknowledgeAsync(raised.Id)).IsOpen);
        Assert.Equal("alert.acknowledged", RefusedAs(await AcknowledgeAsync(raised.Id)));
        Assert.Equal("alert.unknown", RefusedAs(await AcknowledgeAsync("al-0")));
        Assert.Equal("alert.needs-person", RefusedAs(await AcknowledgeAsync(raised.Id, Actor.Policy("p"))));
        Assert.Single(Alerts.Open());
        Assert.Single((await LookAsync()).Cleared);
    }

    [Fact]
    public async Task tells_of_clients_that_lost_records_until_they_have_lost_none_for_an_hour()
    {
        Assert.Equal(0, await LoseAsync(("spool-full", 0)));
        Assert.Empty((await LookAsync()).Raised);
        Assert.Equal(12, await LoseAsync(("spool-full", 10), ("made-room", 2)));
        var raised = Assert.Single((await LookAsync()).Raised);
        Assert.Equal(("gateway-1", "client gateway-1 lost 12 records (made-room 2, spool-full 10)"), (raised.About, raised.Summary));
        _at.Clock.Move(TimeSpan.FromMinutes(61));
        Assert.Equal(0, await LoseAsync(("spool-full", 10), ("made-room", 2)));
        Assert.Single((await LookAsync()).Cleared);
    }

    [Fact]
    public async Task counts_a_loss_once_however_often_and_in_whatever_order_it_is_reported()
    {
        var random = Seed.Next();
        var sum = 0L;
        for (var i = 0; i < 50; i++) sum += await LoseAsync(("spool-full", random.Next(100)), ("torn", random.Next(3)), ("from-the-future", random.Next(5)), ("from-further", random.Next(5)));
        sum += await LoseAsync(("spool-full", 99), ("torn", 2), ("from-the-future", 8));
        Assert.Equal(99 + 2 + 8, sum);
        Assert.Equal(0, (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => LoseAsync(("spool-full", 99), ("torn", 1))))).Sum());
        Assert.Equal(1, (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => LoseAsync(("spool-full", 100))))).Sum());
        Assert.Equal("other 8, spool-full 100, torn 2", string.Join(", ", Observe.Observe(AlertPolicy.Default, Fine).Losses.Single().Lost.Select(static one => $"{one.Key} {one.Value}")));
    }

    private Task<long> LoseAsync(params (string Reason, long Lost)[] lost) =>
        new ClientLosses(_at.At.Store, _at.Clock).ReportAsync(LossReport.Of("gateway-1", lost.Select(static one => KeyValuePair.Create(one.Reason, one.Lost))), Operator, CancellationToken.None);

    [Fact]
    public async Task tells_of_an_agent_that_is_corrected_more_than_before()
    {
        var desk = await new Desk(_at.At.Store, _at.Clock).WithAgentAsync();
        _at.Clock.Move(TimeSpan.FromDays(2));
        var decisions = Enumerable.Range(0, 1_000).Select(static i => Desk.Decision($"d-{i}", at: Desk.Noon + i * 1_000_000L)).ToArray();
        await desk.AcceptAsync(decisions);
        await desk.AcceptAsync(decisions.Where(static (_, i) => i < 500 ? i % 50 == 0 : i % 3 == 0).Select(static one => Desk.Correction(one.Id, "cards", at: one.OccurredAt + 60_000_000)).ToArray());
        var raised = Assert.Single((await LookAsync()).Raised);
        Assert.Equal((AlertKind.CorrectionRate.Code, "router"), (raised.Kind, raised.About));
    }

    [Fact]
    public async Task stands_the_same_after_a_rebuild()
    {
        var full = Fine with { Disk = new(0, 100L << 30) };
        await AcknowledgeAsync(Assert.Single((await LookAsync(full)).Raised).Id);
        await LookAsync();
        await LookAsync(full);
        var before = (StateDigest.Of(_at.At.Store), Alerts.Newest(10));
        await RebuildProjections.RunAsync(_at.At.Store, null, CancellationToken.None);
        Assert.Equal(before.Item1, StateDigest.Of(_at.At.Store));
        Assert.Equal(before.Item2, Alerts.Newest(10));
        Assert.Equal(before.Item2[0].Id, Assert.Single(Alerts.Open()).Id);
    }
}
