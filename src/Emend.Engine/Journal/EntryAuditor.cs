using Emend.Engine.Privacy;

namespace Emend.Engine.Journal;

/// <summary>Recomputes entries from their rows, some at a time so that their many small hashes share lanes. One per thread.</summary>
internal sealed class EntryAuditor(Guid workspaceId, KeyStore keys) : IDisposable
{
    // Bytes of records taken together: enough to fill lanes, small enough to stay in cache.
    private const int ShareBytes = 256 * 1024, ShareRows = 512;

    private readonly FieldCommitter _committer = new();
    private readonly LaneHasher _hasher = new();
    private readonly HmacQueue _entryKeys = new(), _cipherKeys = new();
    private readonly List<Opened> _opened = [];
    private byte[] _digests = [];
    private byte[] _leaves = new byte[128 * MerkleHash.Size];

    /// <summary>Audits rows from (inclusive) to (exclusive); what is wrong goes into <see cref="AuditRow.Faults"/>.</summary>
    public void Audit(List<AuditRow> rows, int from, int to)
    {
        while (from < to)
        {
            var (end, bytes) = (from, 0);
            for (; end < to && end - from < ShareRows && (end == from || bytes < ShareBytes); end++)
            {
                bytes += rows[end].Body.Length;
                foreach (var (_, run) in rows[end].More) bytes += run.Length;
            }
            AuditShare(rows, from, end);
            from = end;
        }
    }

    public void Dispose()
    {
        _entryKeys.Clear();
        _cipherKeys.Clear();
    }

    private void AuditShare(List<AuditRow> rows, int from, int to)
    {
        HashHeads(rows, from, to);
        _opened.Clear();
        _entryKeys.Clear();
        _cipherKeys.Clear();
        _committer.Clear();
        for (var i = from; i < to; i++) Guarded(rows[i], row => Open(row));
        _entryKeys.Compute();
        foreach (var opened in _opened) opened.PlanCipherKeys(_entryKeys, _cipherKeys);
        _cipherKeys.Compute();
        foreach (var opened in _opened) Guarded(opened.Row, _ => Collect(opened));
        _committer.Compute();
        CompareDigests();
        CompareRoots();
    }

    private void HashHeads(List<AuditRow> rows, int from, int to)
    {
        _hasher.Clear();
        for (var i = from; i < to; i++) _hasher.Add([0], rows[i].Head);
        _hasher.Compute();
        for (var i = from; i < to; i++) _hasher[i - from].CopyTo(rows[i].Leaf);
        _hasher.Clear();
        for (var i = from; i < to; i++) _hasher.Add(keys.LinkKey, rows[i].PreviousLink, rows[i].Leaf);
        _hasher.Compute();
        // Against the link that is stored before it, so that one edit is one finding and not one per entry after it.
        for (var i = from; i < to; i++)
        {
            if (!_hasher[i - from][..MerkleHash.LinkSize].SequenceEqual(rows[i].Link))
                rows[i].Fault("its head is not the one that was appended here: rows were edited or reordered");
        }
    }

    private void Open(AuditRow row)
    {
        var head = EntryHead.Parse(row.Head);
        row.RecordedAt = head.RecordedAt;
        if (head.Workspace != workspaceId) row.Fault("it belongs to another workspace");
        if (!head.EntryId.ToByteArray(bigEndian: true).AsSpan().SequenceEqual(row.EntryId)) row.Fault("the id beside its head is another one");
        if (!head.ToBytes().AsSpan().SequenceEqual(row.Head)) row.Fault("its head is not in canonical form");
        row.RecordCount = head.RecordCount;

        var runs = new List<RecordRun>(1 + row.More.Count) { RecordRun.Open(row.Body) };
        var count = runs[0].Count;
        foreach (var (position, bytes) in row.More)
        {
            if (position != count) throw new JournalFormatException($"a run begins at record {position}, {count} was expected");
            runs.Add(RecordRun.Open(bytes));
            count += runs[^1].Count;
        }
        if (count != head.RecordCount) throw new JournalFormatException($"{count} records are stored, the head says {head.RecordCount}");

        Span<byte> id = stackalloc byte[16];
        head.EntryId.TryWriteBytes(id, bigEndian: true, out _);
        var opened = new Opened(row, head, new AuditedRecord[count]) { OpenKey = _entryKeys.Add(keys.Workspace.Secret, FieldCommitment.EntryKeyLabel, id) };
        var at = 0;
        foreach (var run in runs)
        {
            for (var i = 0; i < run.Count; i++, at++)
            {
                var stored = run.Parse(i);
                var key = keys.ByToken(stored.Token);
                opened.Records[at] = new()
                {
                    Run = run,
                    At = i,
                    Key = key,
                    HasClosed = stored.HasClosed,
                    EntryKey = stored.HasClosed && key is not null && key.Token != Guid.Empty ? _entryKeys.Add(key.Secret, FieldCommitment.EntryKeyLabel, id) : -1,
                    CipherKey = -1,
                };
                if (key is null)
                {
                    row.ErasedCount++;
                    row.Erased(stored.Token);
                }
                if (head.Type == EraseSubject.EntryType && EraseSubject.TokenOf(run.ReadOpen(i)) is { } token) row.Ordered(token);
            }
        }
        _opened.Add(opened);
    }

    private void Collect(Opened opened)
    {
        using var entryKeys = new EntryKeys(workspaceId, opened.Head.EntryId, _entryKeys[opened.OpenKey]);
        foreach (ref var record in opened.Records.AsSpan())
        {
            if (record.EntryKey >= 0) entryKeys.Use(record.Key!.Token, _entryKeys[record.EntryKey], _cipherKeys[record.CipherKey]);
            record.First = _committer.Count;
            (record.Open, record.Closed, _) = RecordAudit.Collect(record.Run, record.At, entryKeys, keys, _committer);
        }
        opened.IsCollected = true;
    }

    private void CompareDigests()
    {
        _hasher.Clear();
        foreach (var opened in _opened)
        {
            if (!opened.IsCollected) continue;
            foreach (ref var record in opened.Records.AsSpan())
                record.Digest = _hasher.Add(FieldCommitment.ClosedLabel, _committer.Commitments(record.First + record.Open, record.Closed));
        }
        _hasher.Compute();
        foreach (var opened in _opened)
        {
            if (!opened.IsCollected) continue;
            foreach (ref var record in opened.Records.AsSpan())
            {
                if (!record.HasClosed || record.Key is null) continue;
                var stored = record.Run.Parse(record.At);
                if (_hasher[record.Digest].SequenceEqual(stored.ClosedDigest)) continue;
                opened.Row.Fault($"the protected fields of record '{stored.Id}' are not the ones that were committed to");
            }
        }
    }

    private void CompareRoots()
    {
        // The digests are read while the leaves are added, so they are copied out first.
        if (_digests.Length < _hasher.Count * MerkleHash.Size) _digests = new byte[2 * _hasher.Count * MerkleHash.Size];
        var digests = _digests;
        for (var i = 0; i < _hasher.Count; i++) _hasher[i].CopyTo(digests.AsSpan(i * MerkleHash.Size));
        _hasher.Clear();
        foreach (var opened in _opened)
        {
            if (!opened.IsCollected) continue;
            foreach (ref var record in opened.Records.AsSpan())
            {
                // An erased record is taken at its stored digest: its open fields are still checked through the leaf.
                var digest = record.HasClosed && record.Key is null ? record.Run.Parse(record.At).ClosedDigest : digests.AsSpan(record.Digest * MerkleHash.Size, MerkleHash.Size);
                record.Leaf = _hasher.Add(FieldCommitment.RecordLabel, digest, _committer.Commitments(record.First, record.Open));
            }
        }
        _hasher.Compute();
        foreach (var opened in _opened)
        {
            if (!opened.IsCollected) continue;
            var size = opened.Records.Length * MerkleHash.Size;
            if (_leaves.Length < size) _leaves = new byte[2 * size];
            for (var i = 0; i < opened.Records.Length; i++) _hasher[opened.Records[i].Leaf].CopyTo(_leaves.AsSpan(i * MerkleHash.Size));
            if (!MerkleHash.Root(_leaves.AsSpan(0, size)).AsSpan().SequenceEqual(opened.Head.PayloadRoot))
                opened.Row.Fault("its records are not the ones its head commits to");
        }
    }

    // A damaged row is a finding about this row; the others of the share go on.
    private static void Guarded(AuditRow row, Action<AuditRow> audit)
    {
        try
        {
            audit(row);
        }
        catch (Exception fault) when (fault is JournalFormatException or System.Security.Cryptography.CryptographicException or ArgumentException)
        {
            row.Fault(fault.Message);
        }
    }

    private sealed class Opened(AuditRow row, EntryHead head, AuditedRecord[] records)
    {
        public AuditRow Row => row;
        public EntryHead Head => head;
        public AuditedRecord[] Records => records;
        /// <summary>Place of the workspace's entry key.</summary>
        public required int OpenKey { get; init; }
        /// <summary>Whether all commitments were collected; false once something did not read.</summary>
        public bool IsCollected { get; set; }

        public void PlanCipherKeys(HmacQueue entryKeys, HmacQueue cipherKeys)
        {
            foreach (ref var record in records.AsSpan())
                if (record.EntryKey >= 0) record.CipherKey = cipherKeys.Add(entryKeys[record.EntryKey], FieldCommitment.CipherKeyLabel, []);
        }
    }

    private struct AuditedRecord
    {
        public RecordRun Run { get; set; }
        public int At { get; set; }
        /// <summary>Null once destroyed.</summary>
        public DataKey? Key { get; set; }
        public bool HasClosed { get; set; }
        /// <summary>Places of the derived keys; -1: the workspace's serve.</summary>
        public int EntryKey { get; set; }
        public int CipherKey { get; set; }
        /// <summary>Place of the first commitment, and how many there are.</summary>
        public int First { get; set; }
        public int Open { get; set; }
        public int Closed { get; set; }
        /// <summary>Places of the two hashes.</summary>
        public int Digest { get; set; }
        public int Leaf { get; set; }
    }
}
