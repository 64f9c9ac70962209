using Emend.Engine.Privacy;

namespace Emend.Engine.Journal;

/// <summary>A stored row and what its audit found.</summary>
internal sealed class AuditRow(long index, byte[] entryId, byte[] link, byte[] head, byte[] body)
{
    public long Index => index;
    public byte[] EntryId => entryId;
    public byte[] Link => link;
    public byte[] Head => head;
    public byte[] Body => body;
    /// <summary>Runs after the first.</summary>
    public List<(int Position, byte[] Run)> More { get; } = [];

    public byte[] Leaf { get; } = new byte[MerkleHash.Size];
    public long RecordedAt { get; set; } = long.MinValue;
    public int RecordCount { get; set; }
    public int ErasedCount { get; set; }
    public List<string> Faults { get; } = [];
    /// <summary>Keys that its records name and that do not exist.</summary>
    public List<Guid> ErasedTokens { get; } = [];
    /// <summary>Keys that it orders destroyed.</summary>
    public List<Guid> OrderedTokens { get; } = [];
}

/// <summary>A run of consecutive rows, read together.</summary>
internal sealed class AuditBlock(long from)
{
    public long From => from;
    public List<AuditRow> Rows { get; } = [];
    public List<(long Entry, int Position, byte[] Run)> More { get; } = [];
    /// <summary>Later runs that no entry of the block claims.</summary>
    public List<(long Entry, int Position)> Orphans { get; } = [];
    /// <summary>What stopped the reading.</summary>
    public string? Fault { get; set; }
    /// <summary>Whether entries after this block cannot be judged.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Gives later runs to their rows.</summary>
    public void Link()
    {
        if (More.Count == 0) return;
        var rows = new Dictionary<long, AuditRow>();
        foreach (var row in Rows) rows.TryAdd(row.Index, row);
        foreach (var (entry, position, run) in More)
        {
            if (rows.TryGetValue(entry, out var row)) row.More.Add((position, run));
            else Orphans.Add((entry, position));
        }
    }
}

/// <summary>Audits rows one by one; one per thread.</summary>
internal sealed class EntryAuditor(Guid workspaceId, KeyStore keys) : IDisposable
{
    private readonly FieldCommitter _committer = new();
    private readonly List<(RecordRun Run, int At, (int Open, int Closed, DataKey? Key) Counts)> _collected = [];
    private byte[] _leaves = new byte[128 * MerkleHash.Size];

    /// <summary>Recomputes an entry from its rows; what is wrong goes into <see cref="AuditRow.Faults"/>.</summary>
    public void Audit(AuditRow row)
    {
        MerkleHash.Leaf(row.Head, row.Leaf);
        try
        {
            var head = EntryHead.Parse(row.Head);
            row.RecordedAt = head.RecordedAt;
            if (head.Workspace != workspaceId) row.Faults.Add("it belongs to another workspace");
            if (!head.EntryId.ToByteArray(bigEndian: true).AsSpan().SequenceEqual(row.EntryId)) row.Faults.Add("the id beside its head is another one");
            if (!head.ToBytes().AsSpan().SequenceEqual(row.Head)) row.Faults.Add("its head is not in canonical form");
            row.RecordCount = head.RecordCount;
            AuditRecords(row, head);
        }
        catch (Exception fault) when (fault is JournalFormatException or System.Security.Cryptography.CryptographicException or ArgumentException)
        {
            row.Faults.Add(fault.Message);
        }
    }

    public void Dispose() => _committer.Clear();

    private void AuditRecords(AuditRow row, EntryHead head)
    {
        using var entryKeys = new EntryKeys(workspaceId, head.EntryId, keys.Workspace);
        _committer.Clear();
        _collected.Clear();
        Collect(RecordRun.Open(row.Body));
        foreach (var (position, bytes) in row.More)
        {
            if (position != _collected.Count) throw new JournalFormatException($"a run begins at record {position}, {_collected.Count} was expected");
            Collect(RecordRun.Open(bytes));
        }
        if (_collected.Count != head.RecordCount) throw new JournalFormatException($"{_collected.Count} records are stored, the head says {head.RecordCount}");

        if (_leaves.Length < _collected.Count * MerkleHash.Size) _leaves = new byte[2 * _collected.Count * MerkleHash.Size];
        _committer.Compute();
        var first = 0;
        for (var i = 0; i < _collected.Count; i++)
        {
            var (run, at, counts) = _collected[i];
            RecordAudit.Leaf(run, at, counts, first, _committer, _leaves.AsSpan(i * MerkleHash.Size, MerkleHash.Size));
            first += counts.Open + counts.Closed;
        }
        if (!MerkleHash.Root(_leaves.AsSpan(0, _collected.Count * MerkleHash.Size)).AsSpan().SequenceEqual(head.PayloadRoot))
            row.Faults.Add("its records are not the ones its head commits to");

        void Collect(RecordRun run)
        {
            for (var i = 0; i < run.Count; i++)
            {
                var counts = RecordAudit.Collect(run, i, entryKeys, keys, _committer);
                _collected.Add((run, i, counts));
                if (counts.Key is null)
                {
                    row.ErasedCount++;
                    row.ErasedTokens.Add(run.Parse(i).Token);
                }
                if (head.Type == EraseSubject.EntryType && EraseSubject.TokenOf(run.ReadOpen(i)) is { } token) row.OrderedTokens.Add(token);
            }
        }
    }
}
