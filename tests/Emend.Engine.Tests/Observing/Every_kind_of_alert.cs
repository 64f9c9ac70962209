using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Tests.Releasing;
using Emend.TestKit;

namespace Emend.Engine.Tests.Observing;

public class Every_kind_of_alert
{
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
        var parked = CorrectionId.Sign(new() { Id = "", DecisionId = "never", Verdict = CorrectionVerdict.Confirm, By = "rosa", At = Microseconds.Of(world.Clock.Now) });
        await new AcceptBatch<Correction>(engine.Store, new AcceptCorrections(engine.Store, engine.Agents), world.Clock).HandleAsync([parked], FastLaneWorld.Person, default);
        // An agent that is suddenly corrected.
        var start = Microseconds.Of(world.Clock.Now);
        var many = Enumerable.Range(0, 1_000).Select(i => FastLaneWorld.Decision(500) with { Id = string.Create(CultureInfo.InvariantCulture, $"many-{i:0000}"), OccurredAt = start + (i * 1_000_000L) }).ToArray();
        await world.DecideAsync(many);
        var said = many.Where(static (_, i) => i < 500 ? i % 50 == 0 : i % 3 == 0).Select(static d => CorrectionId.Sign(new() { Id = "", DecisionId = d.Id, Verdict = CorrectionVerdict.Reject, By = "rosa", At = d.OccurredAt + 60_000_000 })).ToArray();
        foreach (var batch in said.Chunk(500)) await new AcceptBatch<Correction>(engine.Store, new AcceptCorrections(engine.Store, engine.Agents), world.Clock).HandleAsync(batch, FastLaneWorld.Person, default);
        // A message that was given up.
        await engine.Store.WriteAsync(static work => work.Command("INSERT INTO delivery (webhook, entry, position, attempts, next_us, is_dead, reason, created_us) VALUES ('wh-1', 0, 0, 9, 0, 1, 'status-503', 0)").ExecuteNonQuery(), default);
        world.Clock.Move(TimeSpan.FromDays(3));

        // A client that lost records, a disk that is full, a journal that does not verify.
        await engine.Losses.ReportAsync(LossReport.Of("gateway-1", [new("spool-full", 12)]), FastLaneWorld.Person, default);
        var changes = await engine.WatchForAlerts.LookAsync(AlertPolicy.Default, new() { Disk = new(0, 1L << 40), Verification = new(false, 7) }, default);

        var expected = AlertKind.All.Select(static kind => kind.Code).Order(StringComparer.Ordinal);
        Assert.Equal(expected, changes.Raised.Select(static alert => alert.Kind).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(expected, engine.Alerts.Open().Select(static alert => alert.Kind).Distinct().Order(StringComparer.Ordinal));
        foreach (var kind in AlertKind.All)
        {
            Assert.True(counted.GetValueOrDefault(kind.Code) > 0, $"{kind.Code} is not counted");
            var playbook = await File.ReadAllTextAsync(Path.Combine(SharedData.Repository, "docs", "playbooks", kind.Code + ".md"));
            foreach (var part in new[] { "**Meaning.**", "**Check.**", "**Act.**", "**Escalate**" }) Assert.Contains(part, playbook, StringComparison.Ordinal);
        }
    }
}
