using System.Text;
using Emend.Client.Capturing;
using Emend.TestKit;

namespace Emend.Client.Tests.Capturing;

public class Spooling_records
{
    [Fact]
    public void gives_back_in_order_what_an_earlier_process_left()
    {
        using var folder = new TemporaryFolder();
        var ledger = new Ledger();
        using (var spool = Open(folder, ledger))
            for (var i = 0; i < 1_000; i++) Add(spool, ledger, $"record-{i}");
        var again = new Ledger();
        using (var spool = Open(folder, again))
        {
            Assert.Equal((1_000, 1_000), (again.Counts().Recorded, again.Counts().Waiting));
            Assert.Equal(Enumerable.Range(0, 600).Select(static i => $"record-{i}"), Take(spool, 600));
        }
        var last = new Ledger();
        using (var spool = Open(folder, last)) Assert.Equal(Enumerable.Range(600, 400).Select(static i => $"record-{i}"), Take(spool, 400));
        Assert.Equal((400, 400, 0), (last.Counts().Recorded, last.Counts().Sent, last.Counts().Waiting));
    }

    [Fact]
    public void cuts_off_a_torn_end_at_whatever_byte_and_loses_that_record_alone()
    {
        using var whole = new TemporaryFolder();
        var ledger = new Ledger();
        using (var spool = Open(whole, ledger))
            for (var i = 0; i < 3; i++) Add(spool, ledger, $"record-{i}");
        var segment = Assert.Single(Segments(whole));
        var bytes = File.ReadAllBytes(segment);
        var frame = bytes.Length / 3;

        for (var cut = 1; cut < frame; cut++)
        {
            File.WriteAllBytes(segment, bytes[..(2 * frame + cut)]);
            var after = new Ledger();
            using (var spool = Open(whole, after))
            {
                Add(spool, after, "new");
                Assert.Equal(["record-0", "record-1", "new"], Read(spool, 10));
            }
            Assert.Equal(1, after.Counts().Losses[LossReason.Torn]);
            Assert.Equal(4, after.Counts().Recorded);
            foreach (var other in Segments(whole)) File.Delete(other);
        }
    }

    [Fact]
    public void steps_over_damage_and_says_exactly_how_many_records_it_cost()
    {
        using var folder = new TemporaryFolder();
        var ledger = new Ledger();
        using (var spool = Open(folder, ledger))
            for (var i = 0; i < 100; i++) Add(spool, ledger, $"record-{i:000}");
        var segment = Assert.Single(Segments(folder));
        var bytes = File.ReadAllBytes(segment);
        var frame = bytes.Length / 100;
        bytes[10 * frame + 5] ^= 0x40;
        bytes[11 * frame + 25] ^= 0x01;
        bytes[50 * frame] ^= 0x80;
        File.WriteAllBytes(segment, bytes);

        var after = new Ledger();
        using var again = Open(folder, after);
        Assert.Equal(3, after.Counts().Losses[LossReason.Corrupt]);
        Assert.Equal((100, 97), (after.Counts().Recorded, after.Counts().Waiting));
        Assert.Equal(Enumerable.Range(0, 100).Where(static i => i is not (10 or 11 or 50)).Select(static i => $"record-{i:000}"), Take(again, 97));
        Assert.Equal(0, after.Counts().Waiting);
    }

    [Fact]
    public void goes_on_behind_damage_that_came_while_it_runs_and_counts_what_it_cost()
    {
        using var folder = new TemporaryFolder();
        var ledger = new Ledger();
        using var spool = Open(folder, ledger);
        for (var i = 0; i < 10; i++) Add(spool, ledger, $"record-{i}");
        var segment = Assert.Single(Segments(folder));
        var frame = new FileInfo(segment).Length / 10;
        Damage(3);
        Damage(9);
        Assert.Equal([0, 1, 2, 4, 5, 6, 7, 8], Read(spool, 100).Select(static text => int.Parse(text[7..], System.Globalization.CultureInfo.InvariantCulture)));
        Add(spool, ledger, "record-10");
        Assert.Equal(["record-10"], Read(spool, 100));
        Assert.Equal((11, 9, 0, 2), (ledger.Counts().Recorded, ledger.Counts().Sent, ledger.Counts().Waiting, ledger.Counts().Losses[LossReason.Corrupt]));

        void Damage(int record)
        {
            using var stream = new FileStream(segment, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete) { Position = (record * frame) + Frame.HeaderSize };
            stream.WriteByte((byte)'!');
        }
    }

    [Fact]
    public void sends_again_when_it_no_longer_knows_what_was_acknowledged()
    {
        using var folder = new TemporaryFolder();
        var ledger = new Ledger();
        using (var spool = Open(folder, ledger))
        {
            for (var i = 0; i < 10; i++) Add(spool, ledger, $"record-{i}");
            Take(spool, 4);
        }
        File.WriteAllText(Path.Combine(folder.Path, "spool", "ordinary", "acknowledged"), "rubbish");
        using var again = Open(folder, new());
        Assert.Equal("record-0", Read(again, 10)[0]);
    }

    [Fact]
    public void drops_what_is_ordinary_before_any_correction_and_counts_both_ways()
    {
        using var folder = new TemporaryFolder();
        var ledger = new Ledger();
        using var spool = new Spool(folder.Path, 1 << 20, ledger);
        var payload = new string('x', 1_000);
        while (Add(spool, ledger, payload)) { }
        Assert.Equal(1, ledger.Counts().Losses[LossReason.SpoolFull]);
        var ordinary = ledger.Counts().Waiting;
        Assert.InRange(spool.Bytes, (1 << 20) / 2, (1 << 20) / 4 * 3);

        var corrections = 0;
        while (Add(spool, ledger, payload, SpoolRank.Corrections)) corrections++;
        Assert.InRange(corrections, 900, 1_100);
        Assert.InRange(spool.Bytes, (1 << 20) / 10 * 9, 1 << 20);
        var counts = ledger.Counts();
        Assert.Equal(ordinary, counts.Losses[LossReason.MadeRoom]);
        Assert.Equal(2, counts.Losses[LossReason.SpoolFull]);
        Assert.Equal((counts.Recorded, (long)corrections), (counts.Sent + counts.Waiting + counts.Dropped, spool.Waiting));
    }

    [Fact]
    public void never_deletes_what_is_being_sent()
    {
        using var folder = new TemporaryFolder();
        var ledger = new Ledger();
        using var spool = new Spool(folder.Path, 1 << 20, ledger);
        var payload = new string('x', 1_000);
        while (Add(spool, ledger, payload)) { }
        var batch = spool.Read(SpoolRank.Ordinary, 10)!;
        while (Add(spool, ledger, payload, SpoolRank.Corrections)) { }
        var before = ledger.Counts();
        spool.Acknowledge(SpoolRank.Ordinary, batch, refused: 3);
        var after = ledger.Counts();

        Assert.Equal((before.Sent + 7, 3), (after.Sent, after.Losses[LossReason.Refused]));
        Assert.Equal(after.Recorded, after.Sent + after.Waiting + after.Dropped);
        Assert.Equal(after.Waiting, spool.Waiting);
    }

    [Fact]
    public void refuses_what_no_server_takes_and_keeps_its_files_to_its_owner()
    {
        using var folder = new TemporaryFolder();
        var ledger = new Ledger();
        using var spool = Open(folder, ledger);
        Assert.False(Add(spool, ledger, new string('x', (2 << 20) + 1)));
        Assert.True(Add(spool, ledger, "small"));

        Assert.Equal(1, ledger.Counts().Losses[LossReason.TooLarge]);
        foreach (var file in Segments(folder))
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    private static Spool Open(TemporaryFolder folder, Ledger ledger) => new(folder.Path, 16 << 20, ledger);

    private static string[] Segments(TemporaryFolder folder) => Directory.GetFiles(Path.Combine(folder.Path, "spool"), "*.seg", SearchOption.AllDirectories);

    private static bool Add(Spool spool, Ledger ledger, string text, SpoolRank rank = SpoolRank.Ordinary)
    {
        ledger.Took();
        return spool.Append(rank, RecordKind.Outcome, Encoding.UTF8.GetBytes(text));
    }

    private static List<string> Read(Spool spool, int most)
    {
        var texts = new List<string>();
        while (texts.Count < most && spool.Read(SpoolRank.Ordinary, most - texts.Count) is { } batch)
        {
            texts.AddRange(batch.Records.Select(static one => Encoding.UTF8.GetString(one.Payload)));
            spool.Acknowledge(SpoolRank.Ordinary, batch, 0);
        }
        return texts;
    }

    private static List<string> Take(Spool spool, int count) => Read(spool, count);
}
