using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Observing.Drift;
using Emend.Engine.Releasing;
using Emend.Engine.Tests.Releasing;
using Emend.TestKit;
using static Emend.Engine.Tests.Evaluating.Cases;

namespace Emend.Engine.Tests.Observing;

public sealed class Suspending_what_does_harm : IAsyncLifetime, IDisposable
{
    private const string Harmful = "r-x-b", Good = "r-z-c";

    private static readonly Actor Gateway = new("gateway"), Operator = new("olu");

    private readonly TemporaryFolder _folder = new();
    private readonly ManualClock _clock = new();
    private EmendEngine _engine = null!;
    private int _next;

    public async Task InitializeAsync()
    {
        _engine = await EmendEngine.OpenAsync(new() { DataDirectory = _folder.Path, Clock = _clock }, CancellationToken.None);
        await new ReleaseWalk(_engine.Store, _engine.Ledger, "router").ReleaseAsync(Bundle(Override("x", "b"), Override("z", "c")));
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    // Decisions of one topic; the truth becomes known of each.
    private async Task ServeAsync(string topic, int count, Func<int, string> truth)
    {
        Decision[] decisions = [.. Enumerable.Range(0, count).Select(_ => Decision(_next++, "a", topic))];
        await _engine.Intake.Decisions.HandleAsync(decisions, Gateway, CancellationToken.None);
        await _engine.Serve.HandleAsync(new(decisions, Gateway), CancellationToken.None);
        _clock.Move(TimeSpan.FromMinutes(2));
        await _engine.Intake.Outcomes.HandleAsync(
            [.. decisions.Select((one, i) => new Outcome { DecisionId = one.Id, Metric = Outcome.Truth, Action = new(truth(i)), At = Microseconds.Of(_clock.Now) })], Gateway, CancellationToken.None);
    }

    private Task<IReadOnlyList<LogicSuspended>> LookAsync() => _engine.Drift.SuspendHarmfulAsync(_engine.Drift.All(DriftPolicy.Default), CancellationToken.None);

    private StreamFinding Stream(string rule) => _engine.Drift.Of("router", DriftPolicy.Default).Streams.Single(stream => stream.Name == rule);

    [Fact]
    public async Task stops_a_rule_that_breaks_more_than_it_fixes_and_leaves_the_others()
    {
        await ServeAsync("x", 60, static i => i % 5 == 0 ? "b" : "a");
        await ServeAsync("z", 60, static _ => "c");

        Assert.Equal(Harmful, Assert.Single(await LookAsync()).Id);
        Assert.Equal(Harmful, Assert.Single(_engine.Ledger.Board("router").Suspended.Ids));
        Assert.Equal((false, 60L, 0L), (Stream(Good).IsAlarmed, Stream(Good).Fixes, Stream(Good).Breaks));
        Assert.Empty(await LookAsync());

        var raised = (await _engine.WatchForAlerts.LookAsync(AlertPolicy.Default, Surroundings.Unknown, CancellationToken.None)).Raised;
        Assert.Contains(raised, static alert => alert.Kind == "logic-suspended" && alert.About == "router/" + Harmful);
    }

    [Fact]
    public async Task leaves_a_rule_that_is_often_wrong_but_fixes_more_than_it_breaks()
    {
        await ServeAsync("x", 100, static i => i % 5 < 2 ? "b" : "d");
        Assert.True(Stream(Harmful).IsAlarmed);
        Assert.Empty(await LookAsync());
    }

    [Fact]
    public async Task watches_what_was_restored_anew()
    {
        await ServeAsync("x", 60, static _ => "a");
        Assert.Single(await LookAsync());
        _clock.Move(TimeSpan.FromHours(1));
        Assert.IsType<Answer<LogicRestored>.Granted>(await _engine.Suspend.RestoreAsync(new("router", Harmful, "the feed is back", Operator), CancellationToken.None));

        await ServeAsync("x", 40, static _ => "b");
        Assert.Equal((40L, 0L), (Stream(Harmful).Cases, Stream(Harmful).Wrong));
        _clock.Move(TimeSpan.FromHours(1));
        Assert.Empty(await LookAsync());
    }

    [Fact]
    public async Task is_what_the_next_candidate_is_built_from_as_it_stood_then()
    {
        await ServeAsync("x", 60, static _ => "a");
        var before = _engine.Store.Size;
        var since = Assert.Single(await LookAsync()).At;
        var after = _engine.Store.Size;
        _clock.Move(TimeSpan.FromHours(1));
        Assert.IsType<Answer<LogicRestored>.Granted>(await _engine.Suspend.RestoreAsync(new("router", Harmful, "the feed is back", Operator), CancellationToken.None));

        Assert.Empty(_engine.LogicHistory.Stopped("router", before));
        Assert.Equal((Harmful, since), Assert.Single(_engine.LogicHistory.Stopped("router", after)) is var stopped ? (stopped.Id, stopped.Since) : default);
        Assert.Empty(_engine.LogicHistory.Stopped("router", long.MaxValue));
        Assert.Empty(_engine.LogicHistory.Retired("router", before));
        Assert.Equal((Harmful, since), Assert.Single(_engine.LogicHistory.Retired("router", after)) is var retired ? (retired.Rule.Id, retired.Since) : default);
        Assert.Equal(0, _engine.LogicHistory.Certificates("router", long.MaxValue));
        Assert.Null(_engine.LogicHistory.CorrectorStoppedAt("router", after));
    }

    [Fact]
    public async Task says_the_same_of_a_rebuilt_workspace_and_of_one_that_heard_the_truth_in_another_order()
    {
        await ServeAsync("x", 60, static i => i % 3 == 0 ? "b" : "a");
        await _engine.AcceptDrift.HandleAsync(new("router", "new catalogue", Operator), CancellationToken.None);
        var before = Text(_engine.Drift.Of("router", DriftPolicy.Default));
        var digest = StateDigest.Of(_engine.Store);
        await RebuildProjections.RunAsync(_engine.Store, null, CancellationToken.None);
        Assert.Equal(digest, StateDigest.Of(_engine.Store));
        Assert.Equal(before, Text(_engine.Drift.Of("router", DriftPolicy.Default)));

        static string Text(DriftReport report) => string.Join('\n', report.Streams.Select(static stream => $"{stream.Kind} {stream.Name} {stream.Cases} {stream.Wrong} {stream.Evidence:R} {string.Join(',', stream.Alarms)}"));
    }

    [Fact]
    public async Task takes_a_new_rate_as_usual_from_a_person_only()
    {
        await ServeAsync("y", 20, static _ => "b");
        _clock.Move(TimeSpan.FromHours(1));
        Assert.Equal("release.only-a-person", Registry.RefusedAs(await _engine.AcceptDrift.HandleAsync(new("router", "x", Actor.Policy("p")), CancellationToken.None)));
        Assert.Equal("release.reason-missing", Registry.RefusedAs(await _engine.AcceptDrift.HandleAsync(new("router", "", Operator), CancellationToken.None)));
        Assert.Equal("agent.unknown", Registry.RefusedAs(await _engine.AcceptDrift.HandleAsync(new("nobody", "x", Operator), CancellationToken.None)));
        Assert.Equal(20, Stream("").Cases);
        Registry.Granted(await _engine.AcceptDrift.HandleAsync(new("router", "new catalogue", Operator), CancellationToken.None));
        Assert.Equal(0, Stream("").Cases);
    }
}
