using System.Globalization;
using System.Text;

namespace Emend.Client.Capturing;

/// <summary>One record read from the spool.</summary>
internal readonly record struct SpooledRecord(RecordKind Kind, byte[] Payload);

/// <summary>Records read together, to be acknowledged together.</summary>
/// <param name="Segment">Segment they were read from.</param>
/// <param name="EndOffset">Where the next ones start.</param>
/// <param name="NextSequence">Number of the next one.</param>
/// <param name="Records">The records; none when nothing there can be read any more.</param>
/// <param name="Unreadable">How many records were lost to damage that nobody knew of before.</param>
internal sealed record SpoolBatch(long Segment, long EndOffset, long NextSequence, IReadOnlyList<SpooledRecord> Records, long Unreadable);

/// <summary>Where a reader stands.</summary>
/// <param name="Path">The file.</param>
/// <param name="Number">The segment.</param>
/// <param name="From">Where to read from.</param>
/// <param name="To">Where what was written ends.</param>
/// <param name="Sequence">Number of the record at <paramref name="From"/>.</param>
/// <param name="Waiting">Records between the two.</param>
internal readonly record struct SpoolPlace(string Path, long Number, long From, long To, long Sequence, long Waiting);

/// <summary>
/// A queue on disk: records are appended to segment files and read from the oldest on. A segment is deleted when everything in it was
/// acknowledged. How far that is stands in a small file that is never flushed: should it be lost, records are sent again, and the
/// server knows them by their keys.
/// </summary>
/// <remarks>One appender and one reader at a time, side by side; the caller's lock guards the counts (<see cref="Spool"/>).</remarks>
internal sealed class SpoolLane : IDisposable
{
    private const int MaxBatchBytes = 512 * 1024;

    private readonly string _folder;
    private readonly long _segmentBytes;
    private readonly LinkedList<Segment> _segments = new();
    private readonly byte[] _header = new byte[Frame.HeaderSize];
    private byte[] _buffer = new byte[64 * 1024];
    private FileStream? _active;
    private bool _isDirty;
    private long _nextSequence = 1;

    private SpoolLane(string folder, long segmentBytes) => (_folder, _segmentBytes) = (folder, segmentBytes);

    /// <summary>Bytes on disk.</summary>
    public long Bytes { get; private set; }

    /// <summary>Records not acknowledged yet.</summary>
    public long Waiting { get; private set; }

    private string AckFile => Path.Combine(_folder, "acknowledged");

    /// <summary>Opens a lane and takes up what an earlier process left.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="segmentBytes">A segment is closed when it is larger.</param>
    /// <param name="torn">Records at the end of the last segment that were never whole: the process died while writing.</param>
    /// <param name="corrupt">Records lost to damage in the middle.</param>
    public static SpoolLane Open(string folder, long segmentBytes, out long torn, out long corrupt)
    {
        DurableFile.CreateFolder(folder);
        var lane = new SpoolLane(folder, segmentBytes);
        (torn, corrupt) = lane.Recover();
        return lane;
    }

    /// <summary>Appends a record; on the disk itself only after <see cref="Flush"/>.</summary>
    /// <exception cref="IOException">It could not be written; nothing was appended.</exception>
    public void Append(RecordKind kind, ReadOnlySpan<byte> payload)
    {
        var size = Frame.SizeOf(payload.Length);
        if (_buffer.Length < size) _buffer = new byte[size * 2];
        var segment = Active();
        Frame.Write(_buffer, kind, _nextSequence, payload);
        var before = _active!.Position;
        try
        {
            _active.Write(_buffer, 0, size);
        }
        catch (IOException)
        {
            // Half a record at the end would only be cut off at the next start; cut it now, so that what follows is whole.
            Cut(before);
            throw;
        }
        _isDirty = true;
        _nextSequence++;
        segment.Bytes += size;
        Bytes += size;
        segment.Waiting++;
        Waiting++;
    }

    /// <summary>Puts everything appended on the disk itself.</summary>
    public void Flush()
    {
        if (!_isDirty || _active is null) return;
        _active.Flush(flushToDisk: true);
        _isDirty = false;
    }

    /// <summary>Where the reader stands; null when nothing waits. Call under the lock, then read without it.</summary>
    public SpoolPlace? Next()
    {
        for (var node = _segments.First; node is not null; node = node.Next)
        {
            var segment = node.Value;
            if (segment.Waiting == 0) continue;
            segment.IsBeingSent = true;
            return new(segment.Path, segment.Number, segment.Acknowledged, segment.Bytes, segment.NextSequence, segment.Waiting);
        }
        return null;
    }

    /// <summary>Reads records from a place. Damage met only now (the disk changed under us) ends the batch.</summary>
    public static SpoolBatch Read(SpoolPlace at, int most)
    {
        using var stream = new FileStream(at.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        stream.Position = at.From;
        var bytes = new byte[(int)Math.Min(at.To - at.From, MaxBatchBytes + Frame.SizeOf(Frame.MaxPayload))];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var records = new List<SpooledRecord>();
        var (offset, next) = (0, at.Sequence);
        while (offset < length && records.Count < most && (records.Count == 0 || offset < MaxBatchBytes))
        {
            if (!Frame.TryRead(bytes.AsSpan(offset, length - offset), out var kind, out var sequence, out var payload))
            {
                // At recovery damage was counted by its gap in numbers; the reader only steps over it.
                var found = Frame.Find(bytes.AsSpan(0, length), offset + 1);
                if (found < 0) break;
                offset = found;
                continue;
            }
            records.Add(new(kind, payload.ToArray()));
            offset += Frame.SizeOf(payload.Length);
            next = sequence + 1;
        }
        var isEnd = at.From + offset >= at.To;
        // Nothing whole is left in what was written until now: what was counted on and not found is lost. More may have been appended since.
        if (records.Count == 0) (offset, isEnd) = ((int)(at.To - at.From), true);
        return new(at.Number, at.From + offset, next, records, isEnd ? Math.Max(0, at.Waiting - records.Count) : 0);
    }

    /// <summary>Marks a batch as done with; answers how many records it took off, and how many of those were never read.</summary>
    public (long Done, long Unreadable) Acknowledge(SpoolBatch batch)
    {
        for (var node = _segments.First; node is not null; node = node.Next)
        {
            var segment = node.Value;
            if (segment.Number != batch.Segment) continue;
            var done = Math.Min(batch.Records.Count + batch.Unreadable, segment.Waiting);
            segment.IsBeingSent = false;
            segment.Acknowledged = batch.EndOffset;
            segment.NextSequence = batch.NextSequence;
            segment.Waiting -= done;
            Waiting -= done;
            var isActive = node.Next is null;
            if (segment.Waiting == 0 && (!isActive || segment.Bytes >= _segmentBytes / 4)) Delete(node);
            NoteAcknowledged();
            return (done, Math.Min(batch.Unreadable, done));
        }
        return default;
    }

    /// <summary>Lets go of a batch that was not sent; it is read again.</summary>
    public void Release(SpoolBatch batch)
    {
        foreach (var segment in _segments)
            if (segment.Number == batch.Segment) segment.IsBeingSent = false;
    }

    /// <summary>Deletes the oldest segment that is not being sent, to make room; answers how many records were lost with it, -1 when there is none.</summary>
    public long DropOldest()
    {
        for (var node = _segments.First; node is not null; node = node.Next)
        {
            if (node.Value.IsBeingSent || node.Value.Bytes == 0) continue;
            var lost = node.Value.Waiting;
            Waiting -= lost;
            Delete(node);
            return lost;
        }
        return -1;
    }

    public void Dispose()
    {
        try
        {
            Flush();
        }
        finally
        {
            _active?.Dispose();
            _active = null;
        }
    }

    private Segment Active()
    {
        if (_active is not null && _segments.Last is { Value: var last } && last.Bytes < _segmentBytes) return last;
        Flush();
        _active?.Dispose();
        var segment = new Segment { Path = PathOf(_nextSequence), Number = _nextSequence, NextSequence = _nextSequence };
        _active = DurableFile.Create(segment.Path, FileMode.CreateNew);
        DurableFile.FlushFolder(_folder);
        _segments.AddLast(segment);
        return segment;
    }

    private string PathOf(long sequence) => Path.Combine(_folder, sequence.ToString("D19", CultureInfo.InvariantCulture) + ".seg");

    // A damaged segment carries in its name how many lost records were counted, so that the next start does not count them again.
    private string PathOf(long sequence, long damage) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{sequence:D19}.{damage}.seg"));

    private static (string Path, long Number, long Damage) Named(string path)
    {
        var parts = Path.GetFileName(path).Split('.');
        long Number(int part) => long.TryParse(parts[part], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        return (path, Number(0), parts.Length == 3 ? Number(1) : 0);
    }

    private void Delete(LinkedListNode<Segment> node)
    {
        if (node.Next is null)
        {
            _active?.Dispose();
            _active = null;
            _isDirty = false;
        }
        File.Delete(node.Value.Path);
        Bytes -= node.Value.Bytes;
        _segments.Remove(node);
    }

    private void Cut(long length)
    {
        try
        {
            _active!.SetLength(length);
            _active.Position = length;
        }
        catch (IOException)
        {
            // Not even that: begin a new segment next time; recovery cuts this one.
            _active!.Dispose();
            _active = null;
        }
    }

    private void NoteAcknowledged()
    {
        var first = _segments.First?.Value;
        var text = string.Create(CultureInfo.InvariantCulture, $"{first?.Number ?? 0} {first?.Acknowledged ?? 0} {first?.NextSequence ?? _nextSequence}");
        try
        {
            File.WriteAllText(AckFile, text);
        }
        catch (IOException)
        {
            // Only means that more is sent again after a restart.
        }
    }

    private (long Torn, long Corrupt) Recover()
    {
        var (ackedNumber, ackedOffset, ackedSequence) = ReadAcknowledged();
        long torn = 0, corrupt = 0;
        _nextSequence = Math.Max(1, ackedSequence);
        var found = Directory.EnumerateFiles(_folder, "*.seg")
            .Select(static path => Named(path)).Where(static one => one.Number > 0).OrderBy(static one => one.Number).ToList();
        for (var i = 0; i < found.Count; i++)
        {
            var (path, number, counted) = found[i];
            var bytes = File.ReadAllBytes(path);
            var isAcked = number == ackedNumber && ackedOffset > 0 && ackedOffset <= bytes.Length;
            // A segment is named by the number of its first record.
            var segment = new Segment { Path = path, Number = number, Acknowledged = isAcked ? ackedOffset : 0, NextSequence = isAcked ? ackedSequence : number };
            var (end, expected, damage) = Scan(bytes, segment);
            if (end < bytes.Length && i < found.Count - 1) damage += Math.Max(0, found[i + 1].Number - expected);
            if (end < bytes.Length && i == found.Count - 1)
            {
                // The last write did not finish. It was never flushed, so nobody was told that it is safe.
                torn++;
                CutTail(path, end);
            }
            corrupt += Math.Max(0, damage - counted);
            segment.Bytes = i == found.Count - 1 ? end : bytes.Length;
            _nextSequence = Math.Max(_nextSequence, expected);
            if (segment.Waiting == 0)
            {
                File.Delete(path);
                continue;
            }
            Bytes += segment.Bytes;
            Waiting += segment.Waiting;
            _segments.AddLast(segment.Waiting > 0 && damage > counted ? segment.Renamed(PathOf(number, damage)) : segment);
        }
        return (torn, corrupt);
    }

    // Counts the whole records from where the segment was acknowledged, and what is missing between them.
    private static (int End, long Expected, long Damage) Scan(byte[] bytes, Segment segment)
    {
        var (at, end, expected, damage) = ((int)segment.Acknowledged, (int)segment.Acknowledged, segment.NextSequence, 0L);
        while (at < bytes.Length)
        {
            if (!Frame.TryRead(bytes.AsSpan(at), out _, out var sequence, out var payload))
            {
                at = Frame.Find(bytes, at + 1);
                if (at < 0) break;
                continue;
            }
            damage += Math.Max(0, sequence - expected);
            at += Frame.SizeOf(payload.Length);
            (end, expected) = (at, sequence + 1);
            segment.Waiting++;
        }
        return (end, expected, damage);
    }

    private static void CutTail(string path, long length)
    {
        using var stream = DurableFile.Create(path, FileMode.Open);
        stream.SetLength(length);
        stream.Flush(flushToDisk: true);
    }

    private (long Number, long Offset, long Sequence) ReadAcknowledged()
    {
        try
        {
            if (File.ReadAllText(AckFile, Encoding.ASCII).Split(' ') is [var number, var offset, var sequence]
                && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
                && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var o)
                && long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var s)) return (n, o, s);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            // A new lane, or one that was never read from.
        }
        return (0, 0, 0);
    }

    private sealed class Segment
    {
        public required string Path { get; set; }
        /// <summary>Sequence number of its first record.</summary>
        public required long Number { get; init; }
        public long Bytes { get; set; }
        public long Acknowledged { get; set; }
        public long NextSequence { get; set; }
        public long Waiting { get; set; }
        public bool IsBeingSent { get; set; }

        public Segment Renamed(string path)
        {
            File.Move(Path, path);
            Path = path;
            return this;
        }
    }
}
