using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Observing.Drift;
using Emend.Engine.Tests.Releasing;
using Emend.TestKit;
using static Emend.Engine.Tests.Evaluating.Cases;

namespace Emend.Engine.Tests.Observing;

public class Every_kind_of_alert
{
    private const long Second = 1_000_000;

    [Fact]
    public async Task is_raised_by_its_cause_journaled_and_counted_under_its_name()
    {
        var counted = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener { InstrumentPublished = static (instrument, on) => { if (instrument.Name == "emend.observing.alerts") on.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            var tag = tags.ToArray().ToDictionary(static one => one.Key, static one => (string)one.Value!, StringComparer.Ordinal);
            if (tag["change"] == "raised") counted.AddOrUpdate(tag["kind"], value, (_, before) => before + value);
        });
        listener.Start();

        var raised = (await OfOperationsAsync()).Concat(await OfDecisionsAsync()).Concat(await OfPeopleAsync());

        Assert.Equal(AlertKind.All.Select(static kind => kind.Code).Order(StringComparer.Ordinal), raised.Distinct().Order(StringComparer.Ordinal));
        foreach (var kind in AlertKind.All)
        {
            Assert.True(counted.GetValueOrDefault(kind.Code) > 0, $"{kind.Code} is not counted");
            var playbook = await File.ReadAllTextAsync(Path.Combine(SharedData.Repository, "docs", "playbooks", kind.Code + ".md"));
            foreach (var part in new[] { "**Meaning.**", "**Check.**", "**Act.**", "**Escalate**" }) Assert.Contains(part, playbook, StringComparison.Ordinal);
        }
    }

    // Looks, and answers the kinds that are raised and stand in the journal's list.
    private static async Task<string[]> LookAsync(EmendEngine engine, Surroundings around)
    {
        var raised = (await engine.WatchForAlerts.LookAsync(AlertPolicy.Default, around, default)).Raised.Select(static alert => alert.Kind).Distinct().Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(raised, engine.Alerts.Open().Select(static alert => alert.Kind).Distinct().Order(StringComparer.Ordinal));
        return raised;
    }

    private static async Task<string[]> OfOperationsAsync()
    {
        await using var world = await FastLaneWorld.OpenAsync();
        var engine = world.Engine;

        // A release nobody reaches, and one that was taken back.
        await world.CorrectAsync(3);
        await world.RunsAsync();
        await engine.RollBack.HandleAsync(new(FastLaneWorld.Agent, "it hurts", FastLaneWorld.Person), default);
        await engine.Resume.HandleAsync(new(FastLaneWorld.Agent, FastLaneWorld.Person), default);
        await world.CorrectAsync(4);
        await world.RunsAsync();
        // A correction whose decision never came.
        await SayAsync(world, new Correction { Id = "", DecisionId = "never", Verdict = CorrectionVerdict.Confirm, By = "rosa", At = Microseconds.Of(world.Clock.Now) });
        // An agent that is suddenly corrected.
        var start = Microseconds.Of(world.Clock.Now);
        var many = Enumerable.Range(0, 1_000).Select(i => FastLaneWorld.Decision(500) with { Id = string.Create(CultureInfo.InvariantCulture, $"many-{i:0000}"), OccurredAt = start + (i * Second) }).ToArray();
        await world.DecideAsync(many);
        await SayAsync(world, [.. many.Where(static (_, i) => i < 500 ? i % 50 == 0 : i % 3 == 0).Select(static d => new Correction { Id = "", DecisionId = d.Id, Verdict = CorrectionVerdict.Reject, By = "rosa", At = d.OccurredAt + (60 * Second) })]);
        // A message that was given up.
        await engine.Store.WriteAsync(static work => work.Command("INSERT INTO delivery (webhook, entry, position, attempts, next_us, is_dead, reason, created_us) VALUES ('wh-1', 0, 0, 9, 0, 1, 'status-503', 0)").ExecuteNonQuery(), default);
        world.Clock.Move(TimeSpan.FromDays(3));
        // A client that lost records, a disk that is full, a journal that does not verify.
        await engine.Losses.ReportAsync(LossReport.Of("gateway-1", [new("spool-full", 12)]), FastLaneWorld.Person, default);
        return await LookAsync(engine, new() { Disk = new(0, 1L << 40), Verification = new(false, 7) });
    }

    private static async Task<string[]> OfDecisionsAsync()
    {
        using var folder = new TemporaryFolder();
        var (clock, next) = (new ManualClock(), 0);
        await using var engine = await EmendEngine.OpenAsync(new() { DataDirectory = folder.Path, Clock = clock }, default);
        var walk = new ReleaseWalk(engine.Store, engine.Ledger, "router");
        await walk.ReleaseAsync(Bundle(Override("x", "b")));

        // A rule that breaks what was right; an agent that was right all along until its inputs changed.
        await ServeAsync("x", 60, "a");
        await ServeAsync("y", 400, "a");
        await ServeAsync("z", 300, "c");
        await engine.Drift.SuspendHarmfulAsync(engine.Drift.All(DriftPolicy.Default), default);
        // A release of which nothing is known when its time is up.
        await walk.StartAsync(Bundle(Override("x", "c")), 5_000);
        clock.Move(TimeSpan.FromDays(7));
        await engine.Watch.LookAsync("router", [], default);
        // A bundle whose approval is gone from the store.
        await engine.Store.WriteAsync(static work => work.Command("DELETE FROM bundle_approval").ExecuteNonQuery(), default);
        return await LookAsync(engine, Surroundings.Unknown);

        async Task ServeAsync(string topic, int count, string truth)
        {
            Decision[] decisions = [.. Enumerable.Range(next, count).Select(i => Decision(i, "a", topic))];
            next += count;
            await engine.Intake.Decisions.HandleAsync(decisions, FastLaneWorld.Person, default);
            await engine.Serve.HandleAsync(new(decisions, FastLaneWorld.Person), default);
            clock.Move(TimeSpan.FromMinutes(2));
            await engine.Intake.Outcomes.HandleAsync([.. decisions.Select(one => new Outcome { DecisionId = one.Id, Metric = Outcome.Truth, Action = new(truth), At = Microseconds.Of(clock.Now) })], FastLaneWorld.Person, default);
        }
    }

    private static async Task<string[]> OfPeopleAsync()
    {
        await using var world = await FastLaneWorld.OpenAsync(decisions: 240);
        var now = Microseconds.Of(world.Clock.Now);
        var day = (long)TimeSpan.FromDays(1).TotalMicroseconds;
        Correction Says(string by, int decision, string? right, long at) => new()
        {
            Id = "",
            DecisionId = FastLaneWorld.Decision(decision).Id,
            Verdict = right is null ? CorrectionVerdict.Confirm : CorrectionVerdict.Modify,
            Action = right is null ? null : new(right),
            By = by,
            At = at,
        };

        // Rosa finds reason once in sixty; rob turns every one of the same kind, all of them today.
        await SayAsync(world, [.. Enumerable.Range(100, 60).Select(i => Says("rosa", i, i == 100 ? "b" : null, now - (5 * day)))]);
        await SayAsync(world, [.. Enumerable.Range(170, 30).Select(i => Says("rob", i, "b", now - Second))]);
        return await LookAsync(world.Engine, Surroundings.Unknown);
    }

    private static async Task SayAsync(FastLaneWorld world, params Correction[] said)
    {
        foreach (var batch in said.Select(CorrectionId.Sign).Chunk(500))
            await new AcceptBatch<Correction>(world.Engine.Store, new AcceptCorrections(world.Engine.Store, world.Engine.Agents), world.Clock).HandleAsync(batch, FastLaneWorld.Person, default);
    }
}
