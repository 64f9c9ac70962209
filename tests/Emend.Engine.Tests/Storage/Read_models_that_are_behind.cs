using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Tests.Releasing;
using Emend.TestKit;

namespace Emend.Engine.Tests.Storage;

/// <summary>Read models older than the journal: a process that died between, a version that did not have them, a table somebody restored.</summary>
public class Read_models_that_are_behind
{
    [Fact, Trait("Fault", "F22")]
    public async Task catch_up_at_the_next_start_to_what_a_rebuild_from_nothing_gives()
    {
        using var folder = new TemporaryFolder();
        var clock = new ManualClock();
        string live;
        await using (var engine = await OpenAsync())
        {
            await engine.AgentHandler.HandleAsync(new RegisterAgent(new() { Id = "router" }, new("ada")), default);
            await LiveAsync(engine);
            live = StateDigest.Of(engine.Store);
            // One model forgets everything, one forgets that it has taken anything in: as after a crash between effect and note.
            await engine.Store.WriteAsync(static work => work.Command("DELETE FROM agent_board; DELETE FROM candidate; DELETE FROM projection WHERE name = 'releasing'").ExecuteNonQuery(), default);
            await engine.Store.WriteAsync(static work => work.Command("DELETE FROM alert; DELETE FROM taken_back; UPDATE projection SET next = 0 WHERE name = 'alerts'").ExecuteNonQuery(), default);
            Assert.NotEqual(live, StateDigest.Of(engine.Store));
        }
        await using (var engine = await OpenAsync())
        {
            Assert.Equal(live, StateDigest.Of(engine.Store));
            await RebuildProjections.RunAsync(engine.Store, null, default);
            Assert.Equal(live, StateDigest.Of(engine.Store));
        }

        Task<EmendEngine> OpenAsync() => EmendEngine.OpenAsync(new() { DataDirectory = folder.Path, Clock = clock }, default);
    }

    private static async Task LiveAsync(EmendEngine engine)
    {
        for (var i = 0; i < 6; i++) Registry.Granted(await engine.KillSwitch.HandleAsync(new("router", i % 2 == 0, "drill", new("otto")), default));
        await engine.WatchForAlerts.LookAsync(Engine.Observing.Alerts.AlertPolicy.Default, new() { Disk = new(0, 1L << 40) }, default);
    }
}
