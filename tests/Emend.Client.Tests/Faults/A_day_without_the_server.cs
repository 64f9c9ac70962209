using System.Diagnostics.Metrics;
using Emend.Engine.Normalizing;
using Emend.Engine.Serving;
using Emend.TestKit;
using static Emend.Client.Tests.LiveWorld;
using static Emend.Client.Tests.World;

namespace Emend.Client.Tests.Faults;

/// <summary>The server is out of reach for 24 hours by the agent's clock, and the agent's process starts again twice meanwhile.</summary>
public class A_day_without_the_server
{
    private const int Hours = 24, PerHour = 20;

    [Fact, Trait("Fault", "F23")]
    public async Task changes_no_decision_is_seen_by_its_age_and_costs_no_record()
    {
        var clock = new ManualClock();
        await using var world = await StartAsync(clock);
        using var state = new TemporaryFolder();
        var digest = await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        await using (var emend = await world.ClientAsync(state: state.Path, clock: clock)) await UntilAsync(() => emend.ServedBundle == digest);
        await world.StopAsync();

        // The client's ledger: what it was told is kept.
        var recorded = new List<string>();
        for (var hour = 0; hour < Hours; hour += Hours / 3)
        {
            await using var emend = await world.ClientAsync(state: state.Path, clock: clock);
            for (var h = 0; h < Hours / 3; h++)
            {
                clock.Move(TimeSpan.FromHours(1));
                for (var i = 0; i < PerHour; i++)
                {
                    var id = $"d-{hour + h}-{i}";
                    Assert.Equal("b", emend.Decide(About("x", id: id)).Action!.Label);
                    if (i != 0) continue;
                    Assert.True((await emend.CorrectAsync(new() { DecisionId = id, Verdict = CorrectionVerdict.Reject, By = "rosa", IdempotencyKey = "k-" + id })).IsRecorded);
                    recorded.Add(id);
                }
            }
            Assert.Equal(digest, emend.ServedBundle);
            Assert.InRange(AgeOf(), TimeSpan.FromHours(hour).TotalSeconds, TimeSpan.FromHours(Hours + 1).TotalSeconds);
        }

        await world.StartAgainAsync();
        await using (var emend = await world.ClientAsync(state: state.Path, clock: clock))
        {
            await emend.DrainAsync(Patience);
            Assert.Equal((0, 0), (emend.Counts.Waiting, emend.Counts.Dropped));
        }
        // The effect counter: every decision, serving and correction once.
        Assert.Equal(Hours * PerHour, world.Engine.Decisions.Count("router"));
        foreach (var id in recorded) Assert.Single(world.Engine.Corrections.Of(id));
        var seen = world.Engine.Store.Entries().Where(static e => e.Type is DecisionRecord.Type or CorrectionRecord.Type || e.Type == ExposureJournal.EntryType).SelectMany(static e => e.Records.Select(r => (e.Type, r.Id))).ToList();
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal((2 * Hours * PerHour) + recorded.Count, seen.Count);
    }

    private static double AgeOf()
    {
        var age = -1.0;
        using var listener = new MeterListener { InstrumentPublished = static (instrument, on) => { if (instrument.Name == "emend.client.manifest_age") on.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => age = Math.Max(age, value));
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => age = Math.Max(age, value));
        listener.Start();
        listener.RecordObservableInstruments();
        return age;
    }
}
