using Emend.Engine.Journal;
using Emend.Engine.Storage;
using Emend.TestKit;
using Microsoft.Data.Sqlite;
using static Emend.TestKit.WorkspaceFixture;

namespace Emend.Engine.Tests.Journal;

/// <summary>A journal of 700 entries, one of them a large batch, with three signed checkpoints; written once, copied by each test.</summary>
public sealed class FilledJournal : IAsyncLifetime
{
    internal const int Entries = 700;

    internal WorkspaceFixture Workspace { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Workspace = await OpenAsync();
        for (var i = 0; i < Entries; i += 50)
        {
            await Task.WhenAll(Enumerable.Range(i, 50).Select(i => Workspace.AppendAsync(i == 350
                ? Batch("corrections.accepted", [.. Enumerable.Range(0, 300).Select(r => Record($"b-{r}", "cust-b", new string('x', 100)))])
                : Draft($"k-{i}", $"cust-{i % 20}"))));
            Workspace.Clock.Move(TimeSpan.FromSeconds(1));
            if (i is 50 or 300 or 650) await SignCheckpoint.SignAsync(Workspace.Store, CancellationToken.None);
        }
        await Workspace.Store.DisposeAsync();
    }

    public async Task DisposeAsync() => await Workspace.DisposeAsync();
}

public class Auditing_a_journal(FilledJournal filled) : IClassFixture<FilledJournal>
{
    private const int Entries = FilledJournal.Entries;

    [Fact]
    public async Task finds_nothing_wrong_with_a_sound_one()
    {
        await using var at = await FilledAsync();
        var audit = Audit(at);
        Assert.Empty(audit.Findings);
        Assert.Equal((Entries, Entries + 299, 3), ((int)audit.Entries, (int)audit.Records, audit.Checkpoints));
        await at.ReopenAsync();
        Assert.True(Audit(at).IsSound);
    }

    [Fact]
    public async Task finds_nothing_wrong_with_an_empty_one()
    {
        await using var at = await OpenAsync();
        await SignCheckpoint.SignAsync(at.Store, CancellationToken.None);
        Assert.True(Audit(at).IsSound);
    }

    [Theory, Trait("Fault", "F10")]
    [InlineData("UPDATE entry SET body = (SELECT body FROM entry WHERE idx = 11) WHERE idx = 10", 10)]
    [InlineData("UPDATE entry SET head = (SELECT head FROM entry WHERE idx = 11) WHERE idx = 10", 10)]
    [InlineData("UPDATE entry SET head = CAST(replace(CAST(head AS TEXT), 'accepted', 'rejected') AS BLOB) WHERE idx = 690", 690)]
    [InlineData("DELETE FROM entry WHERE idx = 300", 300)]
    [InlineData("DELETE FROM entry WHERE idx = 699", 699)]
    [InlineData("DELETE FROM entry WHERE idx = 0", 0)]
    [InlineData("UPDATE entry SET idx = -1 WHERE idx = 40; UPDATE entry SET idx = 40 WHERE idx = 41; UPDATE entry SET idx = 41 WHERE idx = -1", 40)]
    [InlineData("UPDATE entry SET idx = -1 WHERE idx = 697; UPDATE entry SET idx = 697 WHERE idx = 698; UPDATE entry SET idx = 698 WHERE idx = -1", 697)]
    [InlineData("DELETE FROM entry WHERE idx = 5; UPDATE entry SET idx = idx - 1 WHERE idx > 5", 5)]
    [InlineData("DELETE FROM entry_more", 350)]
    [InlineData("UPDATE entry_more SET entry = 349 WHERE entry = 350", 349)]
    [InlineData("UPDATE entry_more SET entry = 5000 WHERE entry = 350", 350)]
    [InlineData("UPDATE tile SET root = zeroblob(32) WHERE number = 1", 256)]
    [InlineData("DELETE FROM tile WHERE number = 0", 0)]
    public async Task names_the_first_entry_that_was_tampered_with(string sql, long index)
    {
        await using var at = await FilledAsync();
        Tamper(at, sql);
        Assert.Equal(index, Audit(at).FirstBadIndex);
    }

    [Theory, Trait("Fault", "F10")]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(640)]
    public async Task names_the_first_entry_also_when_links_tiles_and_tree_were_made_to_fit(int edited)
    {
        await using var at = await FilledAsync();
        await at.Store.DisposeAsync();
        using (var connection = Open(at))
        {
            Run(connection, "DROP TRIGGER entry_is_never_changed");
            // Another time of occurrence: a valid head, and nothing in the records contradicts it.
            var head = EntryHead.Parse(Blob(connection, $"SELECT head FROM entry WHERE idx = {edited}"));
            Set(connection, $"UPDATE entry SET head = @value WHERE idx = {edited}", (head with { OccurredAt = head.OccurredAt - 1 }).ToBytes());
            // Everything that can be computed without the keys follows: whoever does this guesses the key of the links.
            var leaves = new List<byte[]>();
            for (var i = 0; i < Entries; i++)
            {
                var leaf = new byte[MerkleHash.Size];
                MerkleHash.Leaf(Blob(connection, $"SELECT head FROM entry WHERE idx = {i}"), leaf);
                leaves.Add(leaf);
            }
            var link = edited == 0 ? new byte[MerkleHash.LinkSize] : Blob(connection, $"SELECT link FROM entry WHERE idx = {edited - 1}");
            for (var i = edited; i < Entries; i++)
            {
                MerkleHash.Link(new byte[MerkleHash.Size], link, leaves[i], link);
                Set(connection, $"UPDATE entry SET link = @value WHERE idx = {i}", link);
            }
            for (var tile = 0; tile < Entries / TreeWriter.TileWidth; tile++)
                Set(connection, $"UPDATE tile SET root = @value WHERE number = {tile}", MerkleHash.Root([.. leaves.Skip(tile * TreeWriter.TileWidth).Take(TreeWriter.TileWidth).SelectMany(static leaf => leaf)]));
            var edge = new Frontier();
            foreach (var leaf in leaves) edge.Append(leaf);
            Set(connection, "UPDATE tree SET root = @value", edge.Root());
            Set(connection, "UPDATE tree SET frontier = @value", edge.ToBytes());
        }
        await using var store = await SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(Path.Combine(at.Folder.Path, "data")), "acme", [], at.Clock, new() { ReadOnly = true });
        Assert.Equal(edited, VerifyJournal.Run(store, null, CancellationToken.None).FirstBadIndex);
    }

    [Theory]
    [InlineData("UPDATE tree SET root = zeroblob(32)")]
    [InlineData("UPDATE tree SET size = size - 1")]
    [InlineData("UPDATE checkpoint SET note = replace(note, 'emend/', 'amend/')")]
    [InlineData("UPDATE checkpoint SET size = size + 1 WHERE size = 100")]
    [InlineData("UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 100) WHERE size = 700")]
    [InlineData("INSERT INTO entry_more (entry, position, body) VALUES (12, 1, x'00')")]
    public async Task finds_what_was_tampered_with_beside_the_entries(string sql)
    {
        await using var at = await FilledAsync();
        Tamper(at, sql);
        Assert.False(Audit(at).IsSound);
    }

    [Fact]
    public async Task finds_a_record_made_to_look_erased()
    {
        await using var at = await FilledAsync();
        // The key's token stands after the table of paths and the ordinal; any other token has no key.
        var token = at.Store.Keys.Known("cust-3")!.Token.ToByteArray(bigEndian: true);
        using (var connection = Open(at))
        {
            using var find = connection.CreateCommand();
            find.CommandText = "SELECT body FROM entry WHERE idx = 3";
            var body = (byte[])find.ExecuteScalar()!;
            body[body.AsSpan().IndexOf(token) + 15] ^= 1;
            using var edit = connection.CreateCommand();
            edit.CommandText = "DROP TRIGGER entry_is_never_changed; UPDATE entry SET body = @body WHERE idx = 3";
            edit.Parameters.AddWithValue("@body", body);
            edit.ExecuteNonQuery();
        }
        Assert.Equal(3, Audit(at).FirstBadIndex);
    }

    [Fact, Trait("Fault", "F09")]
    public async Task finds_every_flipped_bit_or_it_changed_nothing_that_is_read()
    {
        var trials = Soak.Trials(1_500, 10_000);
        var random = Seed.Next();
        // Small, so that many trials are cheap: one full tile, an open one, a large batch, an erased subject, two checkpoints.
        await using var at = await OpenAsync();
        for (var i = 0; i < 262; i++)
        {
            await at.AppendAsync(i == 5 ? Batch("corrections.accepted", [.. Enumerable.Range(0, 300).Select(r => Small($"b-{r}", "cust-b", new string('x', 200)))]) : Batch("corrections.accepted", Small($"k-{i}", $"cust-{i % 5}", "call me")));
            if (i is 100 or 260) await SignCheckpoint.SignAsync(at.Store, CancellationToken.None);
        }
        await Emend.Engine.Privacy.EraseSubject.EraseAsync(at.Store, "cust-3", "request", new("dora"), CancellationToken.None);
        var before = at.Store.Entries().Select(Shown).ToList();
        await at.Store.DisposeAsync();
        var file = at.Store.Files.Journal;
        Assert.False(File.Exists(file + "-wal") && new FileInfo(file + "-wal").Length > 0, "the log was not moved into the file");
        var (found, length) = (0, new FileInfo(file).Length);
        for (var trial = 0; trial < trials; trial++)
        {
            var (place, bit) = (random.NextInt64(length), random.Next(8));
            Flip(file, place, bit);
            try
            {
                await using var store = await SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(Path.Combine(at.Folder.Path, "data")), "acme", [], at.Clock, new() { ReadOnly = true });
                var audit = VerifyJournal.Run(store, null, CancellationToken.None);
                if (audit.IsSound && store.Entries().Select(Shown).Zip(before).FirstOrDefault(static pair => pair.First != pair.Second) is { First: not null } other)
                    Assert.Fail($"a flip of bit {bit} at {place} went unnoticed:\n{other.Second}\nreads now\n{other.First}");
                if (!audit.IsSound) found++;
            }
            catch (Exception fault) when (fault is StorageException or SqliteException or JournalFormatException)
            {
                found++; // the file does not even open
            }
            Flip(file, place, bit);
        }
        Assert.True(found > trials / 4, $"only {found} of {trials} flips were found: does the audit read the file?");
    }

    private static JournalRecord Small(string id, string subject, string comment) =>
        new(id, subject, Fields(("comment", FieldClass.Personal, "\"" + comment + "\""), ("verdict", FieldClass.Internal, "\"modify\"")));

    private static void Flip(string file, long place, int bit)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = place;
        var was = stream.ReadByte();
        stream.Position = place;
        stream.WriteByte((byte)(was ^ (1 << bit)));
    }

    [Theory, Trait("Fault", "F09")]
    [InlineData(0.2)]
    [InlineData(0.6)]
    [InlineData(0.97)]
    public async Task finds_a_file_that_was_cut_off(double share)
    {
        await using var at = await FilledAsync();
        await at.Store.DisposeAsync();
        using (var stream = new FileStream(at.Store.Files.Journal, FileMode.Open)) stream.SetLength((long)(stream.Length * share));
        var isFound = false;
        try
        {
            await using var store = await SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(Path.Combine(at.Folder.Path, "data")), "acme", [], at.Clock, new() { ReadOnly = true });
            isFound = !VerifyJournal.Run(store, null, CancellationToken.None).IsSound;
        }
        catch (Exception fault) when (fault is StorageException or SqliteException)
        {
            isFound = true;
        }
        Assert.True(isFound);
    }

    [Fact]
    public async Task finds_yesterdays_file_put_in_place_and_signs_nothing_on_it()
    {
        await using var at = await FilledAsync();
        await at.Store.DisposeAsync();
        var yesterday = await File.ReadAllBytesAsync(at.Store.Files.Journal);
        await at.ReopenAsync();
        await at.AppendAsync(Draft("later"));
        await SignCheckpoint.SignAsync(at.Store, CancellationToken.None);
        await at.ReopenAsync(() => File.WriteAllBytes(at.Store.Files.Journal, yesterday));

        Assert.Contains(Audit(at).Findings, static finding => finding.What.Contains("an older file was put in place"));
        var refused = await Assert.ThrowsAsync<StorageException>(() => SignCheckpoint.SignAsync(at.Store, CancellationToken.None));
        Assert.Contains("an older file was put in its place", refused.Message);
    }

    [Fact]
    public async Task signs_nothing_over_entries_that_were_altered()
    {
        await using var at = await FilledAsync();
        Tamper(at, "UPDATE entry SET head = CAST(replace(CAST(head AS TEXT), 'accepted', 'rejected') AS BLOB) WHERE idx = 600");
        await at.AppendAsync(Draft("later"));
        await Assert.ThrowsAsync<StorageException>(() => SignCheckpoint.SignAsync(at.Store, CancellationToken.None));
    }

    internal static JournalAudit Audit(WorkspaceFixture at) => VerifyJournal.Run(at.Store, null, CancellationToken.None);

    // What is readable. Of an erased field that is nothing: its name went into a commitment whose salt is gone (spec, section 9).
    private static string Shown(JournalEntry entry) =>
        $"{entry.Index} {entry.EntryId} {entry.Type} {entry.RecordedAt} {entry.OccurredAt} {entry.Actor} " + string.Join('|', entry.Records.Select(static record => record.Id + record.Subject + string.Join(',', record.Fields.Where(static field => field.Json is not null))));

    private Task<WorkspaceFixture> FilledAsync() => CopyAsync(filled.Workspace);

    private static void Tamper(WorkspaceFixture at, string sql)
    {
        using var connection = Open(at);
        using var command = connection.CreateCommand();
        command.CommandText = "DROP TRIGGER entry_is_never_changed; DROP TRIGGER entry_is_never_deleted; DROP TRIGGER entry_more_is_never_changed; "
            + "DROP TRIGGER entry_more_is_never_deleted; DROP TRIGGER checkpoint_is_never_changed; DROP TRIGGER checkpoint_is_never_deleted; " + sql;
        command.ExecuteNonQuery();
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static byte[] Blob(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (byte[])command.ExecuteScalar()!;
    }

    private static void Set(SqliteConnection connection, string sql, byte[] value)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("@value", value);
        command.ExecuteNonQuery();
    }

    private static SqliteConnection Open(WorkspaceFixture at)
    {
        var connection = new SqliteConnection($"Data Source={at.Store.Files.Journal};Pooling=False");
        connection.Open();
        return connection;
    }
}
