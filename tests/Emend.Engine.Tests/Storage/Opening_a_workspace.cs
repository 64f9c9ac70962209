using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Storage;
using Emend.TestKit;
using static Emend.TestKit.WorkspaceFixture;

namespace Emend.Engine.Tests.Storage;

public class Opening_a_workspace
{
    [Fact]
    public async Task brings_a_read_model_that_was_not_there_up_to_date()
    {
        await using var at = await OpenAsync();
        for (var i = 0; i < 1_500; i += 50)
            await at.AppendAsync(Batch("corrections.accepted", [.. Enumerable.Range(i, 50).Select(n => Record($"k-{n}", null, "text"))]));
        await at.Store.DisposeAsync();

        await using var with = await ConnectAsync(at, new TallyProjection());
        Assert.Equal(1_500, with.Read(static connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT count(*) FROM tally";
            return (long)command.ExecuteScalar()!;
        }));
        var digest = StateDigest.Of(with);
        await RebuildProjections.RunAsync(with, null, CancellationToken.None);
        Assert.Equal(digest, StateDigest.Of(with));
    }

    [Fact]
    public async Task refuses_a_key_file_that_others_may_read_and_says_how_to_fix_it()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var at = await OpenAsync();
        await at.AppendAsync(Draft("k-1"));
        await at.Store.DisposeAsync();
        var key = at.Store.Files.KeyEncryptionKey;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var refused = await Assert.ThrowsAsync<StorageException>(() => ConnectAsync(at));
        Assert.Contains($"chmod 600 '{key}'", refused.Message);
    }

    [Theory]
    [InlineData("kek.key", "is missing")]
    [InlineData("acme/keys.db", "is missing")]
    public async Task refuses_to_make_up_keys_that_were_lost(string file, string because)
    {
        await using var at = await OpenAsync();
        await at.AppendAsync(Draft("k-1"));
        await at.Store.DisposeAsync();
        File.Delete(Path.Combine(at.Folder.Path, "data", "keys", file));
        Assert.Contains(because, (await Assert.ThrowsAsync<StorageException>(() => ConnectAsync(at))).Message);
    }

    [Fact]
    public async Task refuses_another_installations_key()
    {
        await using var at = await OpenAsync();
        await at.AppendAsync(Draft("k-1"));
        await at.Store.DisposeAsync();
        var key = at.Store.Files.KeyEncryptionKey;
        var bytes = await File.ReadAllBytesAsync(key);
        bytes[7] ^= 1;
        await File.WriteAllBytesAsync(key, bytes);
        Assert.Contains("were not wrapped by", (await Assert.ThrowsAsync<StorageException>(() => ConnectAsync(at))).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("Acme")]
    [InlineData("a/b")]
    [InlineData("-a")]
    public void refuses_names_that_are_not_folder_names_everywhere(string name)
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<ArgumentException>(() => DataDirectory.Open(folder.Path).Workspace(name));
    }

    [Fact]
    public async Task of_a_file_from_a_newer_version_is_refused()
    {
        await using var at = await OpenAsync();
        await at.Store.WriteAsync(static work => work.Command("INSERT INTO migration (name, applied_us) VALUES ('9999_later', 0)").ExecuteNonQuery(), CancellationToken.None);
        await at.Store.DisposeAsync();
        Assert.Contains("newer version", (await Assert.ThrowsAsync<StorageException>(() => ConnectAsync(at))).Message);
    }

    [Fact]
    public async Task knows_a_migration_that_ran_under_its_old_name()
    {
        await using var at = await OpenAsync();
        // As a version left it in which two scripts had the number 0010; what was written since must not meet the script again.
        await at.Store.WriteAsync(static work => work.Command("UPDATE migration SET name = '0010_requests' WHERE name = '0013_requests'").ExecuteNonQuery(), CancellationToken.None);
        await at.ReopenAsync();
        Assert.Equal(Migrator.Scripts, at.Store.Read(static connection => SignalRows.All(connection, "SELECT name FROM migration ORDER BY name", null, null, static row => row.GetString(0))));
    }

    private static Task<SqliteWorkspaceStore> ConnectAsync(WorkspaceFixture at, params IProjection[] projections) =>
        SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(Path.Combine(at.Folder.Path, "data")), "acme", projections, at.Clock);
}
