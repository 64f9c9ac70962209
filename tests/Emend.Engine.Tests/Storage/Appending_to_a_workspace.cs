using Emend.Engine.Journal;
using Emend.Engine.Storage;
using static Emend.TestKit.WorkspaceFixture;

namespace Emend.Engine.Tests.Storage;

public class Appending_to_a_workspace
{
    [Fact]
    public async Task gives_back_what_was_appended_after_a_restart()
    {
        await using var at = await OpenAsync();
        var appended = await at.AppendAsync(Batch("corrections.accepted", Record("k-1", "cust-9", "naïve 🙂"), Record("k-2", null, "two")) with
        {
            OccurredAt = 5, CausationId = "e-1", CorrelationId = "trace-1", SchemaVersion = 3,
        });
        await at.ReopenAsync();

        var read = Assert.Single(at.Store.Entries());
        Assert.Equal(appended with { Records = read.Records }, read);
        Assert.Equal(appended.Records.Length, read.Records.Length);
        for (var i = 0; i < read.Records.Length; i++)
        {
            Assert.Equal(appended.Records[i].Fields.AsEnumerable(), read.Records[i].Fields.AsEnumerable());
            Assert.Equal(appended.Records[i].Subject, read.Records[i].Subject);
            Assert.Equal(appended.Records[i].Id, at.Store.Record(0, i).Id);
        }
        Assert.Equal("\"naïve 🙂\"", at.Store.Record(0, 0)["comment"]);
        Assert.Equal((5L, "e-1", "trace-1", 3, "rosa"), (read.OccurredAt, read.CausationId, read.CorrelationId, read.SchemaVersion, read.Actor.Name));
    }

    [Fact]
    public async Task keeps_a_batch_that_spans_many_runs_readable_record_by_record()
    {
        await using var at = await OpenAsync();
        var records = Enumerable.Range(0, 900).Select(i => Record($"k-{i}", $"cust-{i % 7}", new string((char)('a' + (i % 26)), 200))).ToArray();
        await at.AppendAsync(Batch("corrections.accepted", records));
        for (var i = 0; i < records.Length; i += 53)
            Assert.Equal(records[i].Fields.AsEnumerable(), at.Store.Record(0, i).Fields.AsEnumerable());
        Assert.Equal(900, Assert.Single(at.Store.Entries()).Records.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => at.Store.Record(0, 900));
        Assert.Throws<ArgumentOutOfRangeException>(() => at.Store.Record(1, 0));
    }

    [Fact]
    public async Task takes_only_the_chosen_records_of_a_sealed_draft()
    {
        await using var at = await OpenAsync();
        var batch = at.Store.Seal(Batch("corrections.accepted", [.. Enumerable.Range(0, 40).Select(i => Record($"k-{i}", $"cust-{i}", $"text {i}"))]));
        await at.Store.WriteAsync(work => work.Append(batch.Only([1, 17, 39])), CancellationToken.None);
        Assert.Equal(["k-1", "k-17", "k-39"], Assert.Single(at.Store.Entries()).Records.Select(static record => record.Id));
        Assert.Equal("\"text 39\"", at.Store.Record(0, 2)["comment"]);
        // The rest of the draft cannot follow under the same id.
        await Assert.ThrowsAnyAsync<Exception>(() => at.Store.WriteAsync(work => work.Append(batch.Only([0])), CancellationToken.None));
        Assert.Equal(1, at.Store.Size);
    }

    [Fact]
    public async Task loses_nothing_from_many_writers_at_once()
    {
        await using var at = await OpenAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, 2_000), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) =>
            await at.AppendAsync(Draft($"k-{i}", $"cust-{i % 100}")));
        await at.ReopenAsync();
        var ids = at.Store.Entries().Select(static entry => entry.Records[0].Id).ToList();
        Assert.Equal(2_000, ids.Count);
        Assert.Equal(Enumerable.Range(0, 2_000).Select(static i => $"k-{i}").Order(StringComparer.Ordinal), ids.Order(StringComparer.Ordinal));
        Assert.Equal(Enumerable.Range(0, 2_000).Select(static i => (long)i), at.Store.Entries().Select(static entry => entry.Index));
    }

    [Fact]
    public async Task does_not_take_down_its_neighbours_when_one_change_fails()
    {
        await using var at = await OpenAsync();
        var all = Enumerable.Range(0, 200).Select(async i =>
        {
            var batch = at.Store.Seal(Draft($"k-{i}"));
            try
            {
                await at.Store.WriteAsync(work =>
                {
                    work.Append(batch);
                    return i % 3 == 0 ? throw new InvalidOperationException($"no to {i}") : 0;
                }, CancellationToken.None);
                return true;
            }
            catch (InvalidOperationException refused)
            {
                Assert.Equal($"no to {i}", refused.Message);
                return false;
            }
        });
        var kept = await Task.WhenAll(all);
        await at.ReopenAsync();
        Assert.Equal(133, kept.Count(static was => was));
        Assert.Equal(
            Enumerable.Range(0, 200).Where(static i => i % 3 != 0).Select(static i => $"k-{i}").Order(StringComparer.Ordinal),
            at.Store.Entries().Select(static entry => entry.Records[0].Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task never_records_an_earlier_time_when_the_clock_goes_back()
    {
        await using var at = await OpenAsync();
        await at.AppendAsync(Draft("k-1"));
        at.Clock.Move(TimeSpan.FromHours(-1));
        await at.AppendAsync(Draft("k-2"));
        await at.ReopenAsync(() => at.Clock.Move(TimeSpan.FromDays(-1)));
        await at.AppendAsync(Draft("k-3"));
        var times = at.Store.Entries().Select(static entry => entry.RecordedAt).ToList();
        Assert.Equal(3, times.Count);
        Assert.Single(times.Distinct());
    }

    [Fact]
    public async Task shows_a_change_what_its_own_group_appended()
    {
        await using var at = await OpenAsync();
        var batch = at.Store.Seal(Draft("k-1", "cust-1"));
        var comment = await at.Store.WriteAsync(work => work.Record(work.Append(batch).Index, 0)["comment"], CancellationToken.None);
        Assert.Equal("\"please send it to billing\"", comment);
    }

    [Fact]
    public async Task is_refused_to_a_second_writer_but_not_to_a_reader()
    {
        await using var at = await OpenAsync();
        await at.AppendAsync(Draft("k-1", "cust-1"));
        var directory = DataDirectory.Open(Path.Combine(at.Folder.Path, "data"));
        var refused = await Assert.ThrowsAsync<WorkspaceIsInUseException>(() => SqliteWorkspaceStore.OpenAsync(directory, "acme", [], at.Clock));
        Assert.Contains("open the workspace read-only", refused.Message);

        await using var reader = await SqliteWorkspaceStore.OpenAsync(directory, "acme", [], at.Clock, new() { ReadOnly = true });
        await at.AppendAsync(Draft("k-2"));
        Assert.Equal(2, reader.Size);
        Assert.Equal("rosa", reader.Entries().First().Actor.Name);
        Assert.NotNull(reader.Record(0, 0)["comment"]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.WriteAsync(static work => work.Now, CancellationToken.None));
    }

    [Theory]
    [InlineData(FieldClass.Secret, "a", "b", "class C4")]
    [InlineData(FieldClass.Public, "b", "a", "sort fields by path")]
    [InlineData(FieldClass.Public, "a", "a", "sort fields by path")]
    public async Task refuses_what_the_format_does_not_allow(object @class, string first, string second, string because)
    {
        await using var at = await OpenAsync();
        var draft = Batch("x", new JournalRecord("r", null, Fields((first, (FieldClass)@class, "1"), (second, FieldClass.Public, "2"))));
        Assert.Contains(because, Assert.Throws<ArgumentException>(() => at.Store.Seal(draft)).Message);
    }
}
