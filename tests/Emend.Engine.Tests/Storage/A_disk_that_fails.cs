using Emend.Engine.Journal;
using Emend.Engine.Storage;
using Emend.TestKit;
using static Emend.TestKit.WorkspaceFixture;

namespace Emend.Engine.Tests.Storage;

public class A_disk_that_fails
{
    [SmallDiskFact, Trait("Fault", "F07")]
    public async Task by_being_full_refuses_the_change_keeps_the_rest_and_goes_on_once_there_is_space()
    {
        using var folder = new TemporaryFolder();
        Assert.True(SmallDiskFactAttribute.Run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder.Path));
        try
        {
            var clock = new ManualClock();
            var filler = Path.Combine(folder.Path, "filler");
            await using (var store = await SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(Path.Combine(folder.Path, "data")), "acme", [], clock))
            {
                await File.WriteAllBytesAsync(filler, new byte[1 << 20]);
                var acknowledged = 0;
                var refused = await Assert.ThrowsAsync<DiskIsFullException>(async () =>
                {
                    for (var i = 0; i < 10_000; i++)
                    {
                        await AppendAsync(store, i);
                        acknowledged++;
                    }
                });
                Assert.Contains("nothing of this change was written", refused.Message);
                Assert.Equal(acknowledged, store.Size);
                Assert.Equal(acknowledged, store.Entries().Count());
                Assert.True(VerifyJournal.Run(store, null, CancellationToken.None).IsSound);

                File.Delete(filler);
                await AppendAsync(store, acknowledged);
                Assert.Equal(acknowledged + 1, store.Size);
            }
            await using var again = await SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(Path.Combine(folder.Path, "data")), "acme", [], clock);
            Assert.Equal(again.Size, again.Entries().Count());
            Assert.Empty(VerifyJournal.Run(again, null, CancellationToken.None).Findings);
        }
        finally
        {
            SmallDiskFactAttribute.Run("umount", folder.Path);
        }
    }

    [Fact]
    public async Task under_a_write_stops_acknowledging_for_good()
    {
        await using var at = await OpenAsync();
        await at.AppendAsync(Draft("k-1"));
        // What SQLite reports when the disk refuses a flush.
        await Assert.ThrowsAsync<StoreHasFailedException>(() => at.Store.WriteAsync<int>(
            static _ => throw new Microsoft.Data.Sqlite.SqliteException("disk I/O error", 10, 1034), CancellationToken.None));
        var refused = await Assert.ThrowsAsync<StoreHasFailedException>(() => at.AppendAsync(Draft("k-2")));
        Assert.Contains("Nothing is accepted any more", refused.Message);
        Assert.Single(at.Store.Entries());
        await at.ReopenAsync();
        await at.AppendAsync(Draft("k-3"));
        Assert.Equal(2, at.Store.Size);
    }

    [LinuxFact, Trait("Fault", "F06")]
    public async Task under_a_flush_acknowledges_nothing_of_that_group_and_nothing_after_while_reading_goes_on()
    {
        await using var at = await OpenAsync(new TallyProjection());
        for (var i = 0; i < 20; i++) await at.AppendAsync(Draft($"k-{i}"));

        // Writes still reach the kernel from here on, flushes fail: SQLite itself reports the I/O error.
        BrokenFlush.Break(at.Store.Files.Journal + "-wal");
        var group = Enumerable.Range(20, 5).Select(i => at.AppendAsync(Draft($"k-{i}"))).ToList();
        foreach (var lost in group) await Assert.ThrowsAsync<StoreHasFailedException>(() => lost);
        var refused = await Assert.ThrowsAsync<StoreHasFailedException>(() => at.AppendAsync(Draft("k-25")));
        Assert.Contains("Nothing is accepted any more", refused.Message);
        Assert.Equal(20, at.Store.Size);
        Assert.Equal(20, at.Store.Entries().Count());

        await at.ReopenAsync();
        Assert.Equal(Enumerable.Range(0, 20).Select(static i => $"k-{i}"), at.Store.Entries().Select(static entry => entry.Records[0].Id));
        Assert.True(VerifyJournal.Run(at.Store, null, CancellationToken.None).IsSound);
        await at.AppendAsync(Draft("k-26"));
        Assert.Equal(21, at.Store.Size);
    }

    private static Task<JournalEntry> AppendAsync(SqliteWorkspaceStore store, int i)
    {
        var batch = store.Seal(Draft($"k-{i}", $"cust-{i}", new string('x', 200)));
        return store.WriteAsync(work => work.Append(batch), CancellationToken.None);
    }
}
