using System.Text.Json;
using Emend.Client.Capturing;
using Emend.Engine.Observing.Alerts;
using Emend.TestKit;
using static Emend.Client.Tests.LiveWorld;
using static Emend.Client.Tests.World;

namespace Emend.Client.Tests.Capturing;

public class Reporting_losses
{
    [Fact]
    public async Task a_spool_that_overflowed_ends_as_an_alert_with_its_playbook_though_client_and_server_start_again_in_between()
    {
        await using var world = await StartAsync();
        using var folder = new TemporaryFolder();
        void Small(EmendClientOptions options) => options.SpoolBytes = 1 << 20;

        long lost;
        string name;
        await using (var emend = await world.ClientAsync(Small, folder.Path))
        {
            name = emend.LossClient;
            await world.StopAsync();
            for (var i = 0; emend.Counts.Dropped < 5; i++) await ConfirmAsync(emend, $"k-{i}");
            lost = emend.Counts.Dropped;
            Assert.Equal((lost, 0), (emend.Counts.Losses[LossReason.SpoolFull], emend.ReportedLosses));
        }
        await world.StartAgainAsync();
        await using (var emend = await world.ClientAsync(Small, folder.Path))
        {
            await UntilAsync(() => emend.ReportedLosses == lost);
            await emend.DrainAsync(Patience);
            Assert.Equal(0, emend.Counts.Dropped);
        }
        // Nothing new was lost: a third process says the same again to a third server, and it counts once.
        await world.StopAsync();
        await world.StartAgainAsync();
        await using (var emend = await world.ClientAsync(Small, folder.Path)) await UntilAsync(() => emend.ReportedLosses == lost);
        Assert.Single(world.Engine.Store.Entries(), static entry => entry.Type == ClientLosses.EntryType);

        await world.Server.WatchAsync();
        var entry = Assert.Single(world.Engine.Store.Entries(), static entry => entry.Type == "alert.raised");
        var alert = Assert.Single(world.Engine.Alerts.Open());
        Assert.Equal((entry.Records[0].Id, "spool-overflow", name, $"client {name} lost {lost} records (spool-full {lost})"), (alert.Id, alert.Kind, alert.About, alert.Summary));
        Assert.Equal("docs/playbooks/spool-overflow.md", AlertKind.PlaybookOf(alert.Kind));
        var metrics = await world.Server.Client("olu", Engine.Access.Role.Operator).GetStringAsync(new Uri("metrics", UriKind.Relative));
        Assert.Contains("""emend_operating_alerts_open{kind="spool-overflow",severity="page",workspace="default"} 1""", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_report_that_fails_is_sent_again_with_the_same_totals()
    {
        await using var world = await OpenAsync();
        var server = new FakeServer(world.Engine) { IsDown = true };
        await using var emend = world.Client(server, with: static options => options.SpoolBytes = 1 << 20);
        while (emend.Counts.Dropped < 3) await ConfirmAsync(emend, $"k-{emend.Counts.Recorded}");
        emend.Start();
        server.LoseAnswers = 4;
        server.IsDown = false;
        await UntilAsync(() => emend.ReportedLosses == 3);

        var reports = server.Losses.Select(static report => JsonSerializer.Deserialize<JsonElement>(report)).ToList();
        Assert.All(reports, report => Assert.Equal((emend.LossClient, 3), (report.GetProperty("client").GetString(), report.GetProperty("lost").GetProperty("spool-full").GetInt64())));
    }

    [Fact]
    public void counts_survive_a_process_that_was_killed_and_go_on_from_there()
    {
        using var folder = new TemporaryFolder();
        var killed = LossRegister.Open(folder.Path, "router"); // never disposed of, as after kill -9
        var ledger = new Ledger(killed);
        ledger.Took(10);
        for (var i = 0; i < 5; i++) ledger.Lost(LossReason.SpoolFull);
        ledger.Lost(LossReason.Torn, 2);

        using var next = LossRegister.Open(folder.Path, "router");
        Assert.Equal((killed.Client, 5, 2), (next.Client, next.Totals()[(int)LossReason.SpoolFull], next.Totals()[(int)LossReason.Torn]));
        next.Add(LossReason.SpoolFull, 1);
        next.Save();
        using var last = LossRegister.Open(folder.Path, "router");
        Assert.Equal(6, last.Totals()[(int)LossReason.SpoolFull]);
    }

    [Fact]
    public void a_write_that_was_cut_short_leaves_the_totals_before_it_and_rubbish_begins_under_another_name()
    {
        using var folder = new TemporaryFolder();
        string name;
        using (var register = LossRegister.Open(folder.Path, "router"))
        {
            name = register.Client;
            register.Add(LossReason.Refused, 7);
            register.Save();
            register.Add(LossReason.Refused, 1);
        }
        var file = Path.Combine(folder.Path, "losses");
        var whole = File.ReadAllBytes(file);
        var newest = BitConverter.ToInt64(whole, 8) > BitConverter.ToInt64(whole, 512 + 8) ? 0 : 512;
        for (var at = 0; at < 160; at += 3)
        {
            var torn = whole.ToArray();
            torn[newest + at] ^= 0xFF;
            File.WriteAllBytes(file, torn);
            using var register = LossRegister.Open(folder.Path, "router");
            Assert.Equal((name, 7), (register.Client, register.Totals()[(int)LossReason.Refused]));
        }
        File.WriteAllBytes(file, new byte[100]);
        using var anew = LossRegister.Open(folder.Path, "router");
        Assert.NotEqual(name, anew.Client);
        Assert.Equal(0, anew.Totals().Sum());
    }

    [Fact]
    public void damage_on_disk_is_counted_once_however_often_the_agent_starts()
    {
        using var folder = new TemporaryFolder();
        Spool Open() => new(folder.Path, 1 << 20, new(LossRegister.Open(folder.Path, "router")));
        using (var spool = Open())
            for (var i = 0; i < 10; i++) spool.Append(SpoolRank.Ordinary, RecordKind.Outcome, "record"u8);
        var segment = Assert.Single(Directory.GetFiles(Path.Combine(folder.Path, "spool", "ordinary"), "*.seg"));
        Damage(segment, 3);
        Open().Dispose();
        Open().Dispose();
        Assert.Equal(1, Corrupt());
        Damage(Assert.Single(Directory.GetFiles(Path.Combine(folder.Path, "spool", "ordinary"), "*.seg")), 7);
        using (var spool = Open()) Assert.Equal(8, spool.Read(SpoolRank.Ordinary, 100)!.Records.Count);
        Open().Dispose();
        Assert.Equal(2, Corrupt());

        long Corrupt()
        {
            using var register = LossRegister.Open(folder.Path, "router");
            return register.Totals()[(int)LossReason.Corrupt];
        }

        static void Damage(string path, int record)
        {
            var bytes = File.ReadAllBytes(path);
            bytes[record * Frame.SizeOf(6) + 5] ^= 0x40;
            File.WriteAllBytes(path, bytes);
        }
    }

    private static Task<CorrectionReceipt> ConfirmAsync(EmendClient emend, string key) => emend.CorrectAsync(
        new() { DecisionId = "d-1", Verdict = CorrectionVerdict.Confirm, By = "rosa", Comment = new string('x', 20_000), IdempotencyKey = key });
}
