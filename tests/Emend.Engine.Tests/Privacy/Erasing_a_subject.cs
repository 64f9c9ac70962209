using System.Text;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Privacy;
using Emend.Engine.Storage;
using Emend.Engine.Tests.Capturing;
using Emend.TestKit;
using static Emend.TestKit.WorkspaceFixture;

namespace Emend.Engine.Tests.Privacy;

public class Erasing_a_subject
{
    [Fact]
    public async Task leaves_nothing_readable_of_theirs_and_a_sound_journal()
    {
        await using var at = await OpenAsync(new TallyProjection());
        for (var i = 0; i < 300; i++) await at.AppendAsync(Draft($"k-{i}", i % 3 == 0 ? "cust-erased" : "cust-kept", $"marker {i}"));
        var checkpoint = await SignCheckpoint.SignAsync(at.Store, CancellationToken.None);
        var receipt = await Receipt.IssueAsync(at.Store, 3, 0, ["comment"], CancellationToken.None);

        Assert.NotNull(await EraseSubject.EraseAsync(at.Store, "cust-erased", "request 17", new Actor("dora"), CancellationToken.None));
        Check();
        await at.ReopenAsync();
        Check();

        // Old proofs still hold; new ones can be made, but show nothing of what was erased.
        using var key = VerifierKey.Parse(await File.ReadAllTextAsync(at.Store.Files.VerifierKey));
        Assert.NotNull(SignedNote.Verified(checkpoint, key));
        Assert.Equal(3, Receipt.Verify(receipt, key).Index);
        Assert.Equal(3, Receipt.Verify(await Receipt.IssueAsync(at.Store, 3, 0, ["verdict"], CancellationToken.None), key).Index);
        await Assert.ThrowsAsync<ArgumentException>(() => Receipt.IssueAsync(at.Store, 3, 0, ["comment"], CancellationToken.None));

        void Check()
        {
            foreach (var entry in at.Store.Entries().Take(300))
            {
                var record = entry.Records[0];
                var isErased = entry.Index % 3 == 0;
                Assert.Equal(isErased ? null : "cust-kept", record.Subject);
                Assert.Equal(isErased ? null : $"\"marker {entry.Index}\"", record["comment"]);
                Assert.Equal("\"modify\"", record["verdict"]);
                Assert.Equal(isErased, at.Store.Record(entry.Index, 0)["features.salary"] is null);
            }
            var audit = VerifyJournal.Run(at.Store, null, CancellationToken.None);
            Assert.Empty(audit.Findings);
            Assert.Equal(100, audit.ErasedRecords);
        }
    }

    [Fact]
    public async Task notices_when_an_open_field_of_an_erased_record_is_edited()
    {
        await using var at = await OpenAsync();
        for (var i = 0; i < 5; i++) await at.AppendAsync(Draft($"k-{i}", "cust-erased"));
        await EraseSubject.EraseAsync(at.Store, "cust-erased", "request", new Actor("dora"), CancellationToken.None);
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={at.Store.Files.Journal};Pooling=False"))
        {
            connection.Open();
            using var read = connection.CreateCommand();
            read.CommandText = "SELECT body FROM entry WHERE idx = 2";
            var body = (byte[])read.ExecuteScalar()!;
            body[body.AsSpan().IndexOf("modify"u8)] ^= 1;
            using var edit = connection.CreateCommand();
            edit.CommandText = "DROP TRIGGER entry_is_never_changed; UPDATE entry SET body = @body WHERE idx = 2";
            edit.Parameters.AddWithValue("@body", body);
            edit.ExecuteNonQuery();
        }
        Assert.Equal(2, VerifyJournal.Run(at.Store, null, CancellationToken.None).FirstBadIndex);
    }

    [Fact]
    public async Task gives_read_models_that_rebuild_to_the_same_digest()
    {
        await using var at = await OpenAsync(new TallyProjection());
        for (var i = 0; i < 100; i++) await at.AppendAsync(Draft($"k-{i}", $"cust-{i % 4}"));
        var live = StateDigest.Of(at.Store);
        await RebuildProjections.RunAsync(at.Store, null, CancellationToken.None);
        Assert.Equal(live, StateDigest.Of(at.Store));
        await EraseSubject.EraseAsync(at.Store, "cust-2", "request", new Actor("dora"), CancellationToken.None);
        var after = StateDigest.Of(at.Store);
        Assert.NotEqual(live, after);
        await RebuildProjections.RunAsync(at.Store, null, CancellationToken.None);
        Assert.Equal(after, StateDigest.Of(at.Store));
    }

    [Fact]
    public async Task is_finished_at_the_next_start_when_it_was_cut_short_after_the_order()
    {
        await using var at = await OpenAsync();
        await at.AppendAsync(Draft("k-0", "cust-erased"));
        var token = at.Store.Keys.Known("cust-erased")!.Token;
        await at.Store.WriteAsync(work => work.Command(JournalSql.AddErasure).Bind("@token", token.ToByteArray(bigEndian: true)).Bind("@entry", 1L).ExecuteNonQuery(), CancellationToken.None);
        await at.ReopenAsync();
        Assert.Null(at.Store.Record(0, 0)["comment"]);
        Assert.True(at.Store.Keys.IsErased(token));
    }

    [Fact]
    public async Task refuses_a_draft_sealed_with_the_destroyed_key_and_starts_afresh_when_they_come_back()
    {
        await using var at = await OpenAsync();
        await at.AppendAsync(Draft("k-0", "cust-1"));
        var stale = at.Store.Seal(Draft("k-1", "cust-1"));
        await EraseSubject.EraseAsync(at.Store, "cust-1", "request", new Actor("dora"), CancellationToken.None);
        await Assert.ThrowsAsync<SealIsStaleException>(() => at.Store.WriteAsync(work => work.Append(stale), CancellationToken.None));
        var back = await at.AppendAsync(Draft("k-2", "cust-1"));
        Assert.NotNull(at.Store.Record(back.Index, 0)["comment"]);
        Assert.Null(at.Store.Record(0, 0)["comment"]);
        Assert.Null(await EraseSubject.EraseAsync(at.Store, "nobody", "request", new Actor("dora"), CancellationToken.None));
    }

    [Fact]
    public async Task reaches_what_was_said_of_their_decision_before_it_came()
    {
        await using var at = await OpenAsync([.. IntakeProjections.Create()]);
        var desk = await new Desk(at.Store, at.Clock).WithAgentAsync();
        foreach (var id in new[] { "d-1", "d-2", "d-3" })
            await desk.AcceptAsync(Desk.Correction(id, "cards", comment: "she called about " + id, args: """{"to":"her home"}"""));
        await desk.AcceptAsync(Desk.Truth("d-1", "cards") with { Action = new("cards", Emend.Logic.ActionArgs.Parse("""{"to":"her home"}""")) });
        await desk.AcceptAsync(Desk.Decision("d-1", subject: "cust-1"), Desk.Decision("d-2", subject: "cust-2"));
        await at.ReopenAsync();
        desk = new Desk(at.Store, at.Clock);
        Assert.Equal(new List<string?> { "she called about d-1", "she called about d-2", "she called about d-3" }, Comments());
        var digest = StateDigest.Of(at.Store);

        Assert.NotNull(await EraseSubject.EraseAsync(at.Store, "cust-1", "request 17", new Actor("dora"), CancellationToken.None));
        Check();
        await at.ReopenAsync();
        Check();
        await RebuildProjections.RunAsync(at.Store, null, CancellationToken.None);
        Assert.Equal(digest, StateDigest.Of(at.Store));
        // Said before the decision came, which then turned out to be about somebody else, or never came.
        Assert.NotNull(await EraseSubject.EraseAsync(at.Store, "cust-2", "request 18", new Actor("dora"), CancellationToken.None));
        Assert.Equal(new List<string?> { null, null, "she called about d-3" }, Comments());

        void Check()
        {
            Assert.Equal(new List<string?> { null, "she called about d-2", "she called about d-3" }, Comments());
            Assert.DoesNotContain(at.Store.Entries().SelectMany(static entry => entry.Records), static record => record.Fields.Any(static f => f.Json?.Contains("about d-1", StringComparison.Ordinal) is true));
            Assert.All(at.Store.Entries().Where(static entry => entry.Type == Emend.Engine.Normalizing.OutcomeRecord.Type), static entry => Assert.Null(entry.Records[0]["args"]));
            Assert.Empty(VerifyJournal.Run(at.Store, null, CancellationToken.None).Findings);
        }

        List<string?> Comments() => [.. new[] { "d-1", "d-2", "d-3" }.Select(id => new Emend.Engine.Normalizing.Corrections(at.Store).Of(id).Single().Correction.Comment)];
    }

    [Fact]
    public async Task means_that_protected_text_was_never_on_disk_in_clear()
    {
        await using var at = await OpenAsync(new TallyProjection());
        var markers = Enumerable.Range(0, 1_000).Select(static i => $"planted-{i:D4}-marker").ToList();
        for (var i = 0; i < 1_000; i += 100)
        {
            await at.AppendAsync(Batch("corrections.accepted", [.. markers.Skip(i).Take(100).Select((marker, n) => Record($"k-{i + n}", $"{marker}-subject", marker))]) with { Actor = new Actor(markers[i] + "-actor") });
        }
        // The scan does find what is in clear.
        Assert.True(Found("wrong-queue"));
        foreach (var marker in markers) Assert.False(Found(marker), $"'{marker}' is on disk in clear");
        await at.ReopenAsync();
        foreach (var marker in markers) Assert.False(Found(marker), $"'{marker}' is on disk in clear");

        bool Found(string text) => Contents().Exists(bytes => bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);

        List<byte[]> Contents() => [.. Directory.EnumerateFiles(at.Folder.Path, "*", SearchOption.AllDirectories).Where(static path => !path.EndsWith(".lock", StringComparison.Ordinal)).Select(static path =>
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        })];
    }

    [Fact]
    public async Task leaves_no_byte_of_the_wrapped_key()
    {
        await using var at = await OpenAsync();
        await at.AppendAsync(Draft("k-0", "cust-1"));
        var token = at.Store.Keys.Known("cust-1")!.Token.ToByteArray(bigEndian: true);
        Assert.True(Holds("SELECT count(*) FROM subject_key"));
        await EraseSubject.EraseAsync(at.Store, "cust-1", "request", new Actor("dora"), CancellationToken.None);
        Assert.False(Holds("SELECT count(*) FROM subject_key"));
        // The register of erasures names the token once per file page; the row it was deleted from must not.
        var log = new FileInfo(at.Store.Files.KeyStore + "-wal");
        Assert.True(!log.Exists || log.Length == 0, "the key store's log still holds the page");

        bool Holds(string sql)
        {
            using var connection = SqliteFile.Open(at.Store.Files.KeyStore, Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly);
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            return (long)command.ExecuteScalar()! > 0;
        }
    }
}
