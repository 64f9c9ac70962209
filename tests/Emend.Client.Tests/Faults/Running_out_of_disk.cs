using Emend.Client.Capturing;
using Emend.TestKit;
using static Emend.Client.Tests.LiveWorld;
using static Emend.Client.Tests.World;

namespace Emend.Client.Tests.Faults;

public class Running_out_of_disk
{
    [SmallDiskFact]
    public async Task goes_on_deciding_says_what_it_could_not_keep_and_keeps_again_when_there_is_room()
    {
        await using var world = await OpenAsync();
        using var disk = new TemporaryFolder();
        Assert.True(SmallDiskFactAttribute.Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.Path));
        try
        {
            var state = Path.Combine(disk.Path, "state");
            var server = new FakeServer(world.Engine);
            var safe = new List<string>();
            long lost;
            await using (var emend = world.Client(server, state: state))
            {
                await KeepAsync(emend, "before", safe);
                await File.WriteAllBytesAsync(Path.Combine(disk.Path, "filler"), new byte[400 << 10]);
                for (var i = 0; emend.Counts.Losses.GetValueOrDefault(LossReason.DiskFault) < 3; i++) await KeepAsync(emend, $"full-{i}", safe);
                Assert.NotNull(emend.Decide(About("x")).Action);
                await UntilAsync(() => emend.WaitingInMemory == 0);

                File.Delete(Path.Combine(disk.Path, "filler"));
                await KeepAsync(emend, "after", safe);
                Assert.Equal("after", safe[^1]);
                var counts = emend.Counts;
                lost = counts.Dropped;
                Assert.Equal([LossReason.DiskFault], counts.Losses.Keys);
                Assert.Equal((counts.Waiting, counts.Recorded), (emend.WaitingByPlace, counts.Waiting + counts.Dropped));
            }
            // And another process sends all that was called safe, and tells of all that was lost.
            await using (var emend = world.Client(server, state: state))
            {
                emend.Start();
                await emend.DrainAsync(Patience);
                await UntilAsync(() => emend.ReportedLosses == lost);
            }
            Assert.All(safe, key => Assert.Equal(1, server.Counted.GetValueOrDefault("/v1/corrections#" + key)));
            Assert.Contains($"\"disk-fault\":{lost}", server.Losses.Last(), StringComparison.Ordinal);
        }
        finally
        {
            SmallDiskFactAttribute.Run("umount", disk.Path);
        }
    }

    private static async Task KeepAsync(EmendClient emend, string key, List<string> safe)
    {
        var receipt = await emend.CorrectAsync(new() { DecisionId = "d", Verdict = CorrectionVerdict.Reject, By = "rosa", Comment = new string('x', 9_000), IdempotencyKey = key });
        if (receipt.IsRecorded) safe.Add(key);
    }
}
