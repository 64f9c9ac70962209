using Emend.Engine.Journal;
using Emend.Engine.Privacy;
using Emend.Engine.Storage;
using Emend.Engine.Storage.Backup;
using Emend.Engine.Tests.Capturing;
using Emend.TestKit;

namespace Emend.Engine.Tests.Storage;

public sealed class Backing_up_and_restoring : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualClock _clock = new();

    private string Data => At("data");

    public void Dispose() => _folder.Dispose();

    private string At(string name) => Path.Combine(_folder.Path, name);

    private Task<EmendEngine> OpenAsync(string data, string workspace = "default") => EmendEngine.OpenAsync(new() { DataDirectory = data, Workspace = workspace, Clock = _clock }, CancellationToken.None);

    private Desk Desk(EmendEngine engine) => new(engine.Store, _clock);

    private Task<BackupManifest> BackUpAsync(string to) => BackUp.RunAsync(Data, At(to), _clock, CancellationToken.None);

    private Task<Restored> RestoreAsync(string from, string to, params string[] registers) => Restore.RunAsync(At(from), At(to), registers, _clock, CancellationToken.None);

    [Theory]
    [InlineData("backup")]
    [InlineData("backup.tar")]
    public async Task a_data_directory_in_use_comes_back_whole(string backup)
    {
        string digest;
        await using (var engine = await OpenAsync(Data))
        await using (var other = await OpenAsync(Data, "other"))
        {
            var desk = await Desk(engine).WithAgentAsync();
            await desk.AcceptAsync(Enumerable.Range(0, 50).Select(static i => Capturing.Desk.Decision($"d-{i}", subject: $"cust-{i}")).ToArray());
            await SignCheckpoint.SignAsync(engine.Store, CancellationToken.None);
            await Desk(other).WithAgentAsync();
            digest = StateDigest.Of(engine.Store);
            var manifest = await BackUpAsync(backup);
            Assert.Equal(["default", "other"], manifest.Workspaces.Select(static one => one.Name));
            Assert.Equal(digest, manifest.Workspaces[0].Digest);
            // It goes on meanwhile.
            await desk.AcceptAsync(Capturing.Desk.Decision("later"));
        }
        Assert.Equal(0, (await RestoreAsync(backup, "again")).ErasedAgain);
        await using var again = await OpenAsync(At("again"));
        Assert.Equal(digest, StateDigest.Of(again.Store));
        Assert.Equal("where is my money d-7", again.Decisions.Find("d-7")!.Decision.Context.Text);
        Assert.Null(again.Decisions.Find("later"));
        Assert.True(VerifyJournal.Run(again.Store, null, CancellationToken.None).IsSound);
        // It is a data directory like any other: it writes and signs.
        await Desk(again).AcceptAsync(Capturing.Desk.Decision("after"));
        await SignCheckpoint.SignAsync(again.Store, CancellationToken.None);
        Assert.False(Directory.Exists(At("again") + ".partial"));
    }

    [Fact]
    public async Task made_under_load_it_holds_everything_that_was_acknowledged_before_it_began()
    {
        await using var engine = await OpenAsync(Data);
        var desk = await Desk(engine).WithAgentAsync();
        using var stop = new CancellationTokenSource();
        var acknowledged = 0;
        var load = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await desk.AcceptAsync(Capturing.Desk.Decision($"d-{i}", subject: $"cust-{i}"));
                Volatile.Write(ref acknowledged, i + 1);
                if (i % 20 == 19) await EraseSubject.EraseAsync(engine.Store, $"cust-{i}", "test", new("noor"), CancellationToken.None);
                if (i % 7 == 6) await SignCheckpoint.SignAsync(engine.Store, CancellationToken.None);
            }
        });
        for (var round = 0; round < 3; round++)
        {
            var before = Volatile.Read(ref acknowledged);
            await BackUpAsync($"backup-{round}");
            await RestoreAsync($"backup-{round}", $"again-{round}");
            await using var again = await OpenAsync(At($"again-{round}"));
            Assert.All(Enumerable.Range(0, before), i => Assert.NotNull(again.Decisions.Find($"d-{i}")));
            await SignCheckpoint.SignAsync(again.Store, CancellationToken.None);
        }
        await stop.CancelAsync();
        await load;
    }

    [Fact]
    public async Task who_was_erased_since_stays_erased()
    {
        await using (var engine = await OpenAsync(Data))
        {
            var desk = await Desk(engine).WithAgentAsync();
            await desk.AcceptAsync(Capturing.Desk.Decision("d-1", subject: "cust-1"), Capturing.Desk.Decision("d-2", subject: "cust-2"));
            await BackUpAsync("old");
            await EraseSubject.EraseAsync(engine.Store, "cust-1", "request 7", new("noor"), CancellationToken.None);
            await BackUpAsync("new.tar");
        }
        // The control: a restore that is told nothing brings the person back.
        Assert.Equal(0, (await RestoreAsync("old", "forgetful")).ErasedAgain);
        Assert.Equal("where is my money d-1", await TextAsync("forgetful", "d-1"));

        foreach (var register in new[] { Data, At("new.tar") })
        {
            var to = "again-" + Path.GetFileName(register);
            Assert.Equal(1, (await RestoreAsync("old", to, register)).ErasedAgain);
            Assert.Null(await TextAsync(to, "d-1"));
            Assert.Equal("where is my money d-2", await TextAsync(to, "d-2"));
            await using var engine = await OpenAsync(At(to));
            Assert.Empty(VerifyJournal.Run(engine.Store, null, CancellationToken.None).Findings);
            Assert.Equal(EraseSubject.EntryType, engine.Store.Entries().Last().Type);
        }

        async Task<string?> TextAsync(string data, string decision)
        {
            await using var engine = await OpenAsync(At(data));
            return engine.Decisions.Find(decision)?.Decision.Context.Text;
        }
    }

    [Fact]
    public async Task nothing_is_ever_overwritten()
    {
        await (await OpenAsync(Data)).DisposeAsync();
        await BackUpAsync("backup");
        await BackUpAsync("backup.tar");
        Assert.Contains("never overwrites", (await Assert.ThrowsAsync<StorageException>(() => BackUpAsync("backup"))).Message, StringComparison.Ordinal);
        Assert.Contains("never overwrites", (await Assert.ThrowsAsync<StorageException>(() => BackUpAsync("backup.tar"))).Message, StringComparison.Ordinal);
        Assert.Contains("never overwrites", (await Assert.ThrowsAsync<StorageException>(() => RestoreAsync("backup", "data"))).Message, StringComparison.Ordinal);
        Assert.Contains("inside the data directory", (await Assert.ThrowsAsync<StorageException>(() => BackUpAsync("data/backup"))).Message, StringComparison.Ordinal);
        Assert.Contains("not a backup", (await Assert.ThrowsAsync<StorageException>(() => RestoreAsync("data", "x"))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("x")) || Directory.Exists(At("x.partial")));
    }

    [Theory]
    [InlineData("workspaces/default/journal.db")]
    [InlineData("keys/default/keys.db")]
    [InlineData("keys/kek.key")]
    [InlineData("erasures.jsonl")]
    public async Task a_backup_that_was_altered_is_not_restored(string file)
    {
        await using (var engine = await OpenAsync(Data))
        {
            var desk = await Desk(engine).WithAgentAsync();
            await desk.AcceptAsync(Capturing.Desk.Decision("d-1", subject: "cust-1"));
            await EraseSubject.EraseAsync(engine.Store, "cust-1", "request 7", new("noor"), CancellationToken.None);
        }
        await BackUpAsync("backup");
        var path = Path.Combine(At("backup"), file);
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        Assert.Contains(file, (await Assert.ThrowsAsync<StorageException>(() => RestoreAsync("backup", "again"))).Message, StringComparison.Ordinal);
        File.Delete(path);
        Assert.Contains($"{file} is missing", (await Assert.ThrowsAsync<StorageException>(() => RestoreAsync("backup", "again"))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("again")));
    }

    [Fact]
    public async Task only_its_owner_can_read_it()
    {
        if (OperatingSystem.IsWindows()) return;
        await (await OpenAsync(Data)).DisposeAsync();
        await BackUpAsync("backup");
        await BackUpAsync("backup.tar");
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(At("backup.tar")) & others);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(At("backup")) & others);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(At("backup"), "keys"), "*", SearchOption.AllDirectories)) Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & others);
    }
}
