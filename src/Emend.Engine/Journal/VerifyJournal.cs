using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Journal;

/// <summary>One thing that is wrong with a journal.</summary>
/// <param name="Index">Entry it was found at; null when it is not about one entry.</param>
/// <param name="What">What is wrong.</param>
internal sealed record JournalFinding(long? Index, string What);

/// <summary>What an audit found.</summary>
internal sealed record JournalAudit
{
    /// <summary>Entries read.</summary>
    public required long Entries { get; init; }
    /// <summary>Records whose commitments were recomputed.</summary>
    public required long Records { get; init; }
    /// <summary>Records whose protected fields were erased: their structure and their open fields were checked.</summary>
    public required long ErasedRecords { get; init; }
    /// <summary>Signed checkpoints checked.</summary>
    public required int Checkpoints { get; init; }
    /// <summary>Root of what was read.</summary>
    public required byte[] Root { get; init; }
    /// <summary>What is wrong, first entry first; at most 100.</summary>
    public required IReadOnlyList<JournalFinding> Findings { get; init; }
    /// <summary>Whether there were more than the findings listed.</summary>
    public required bool HasMore { get; init; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSound => Findings.Count == 0;
    /// <summary>First entry something is wrong with.</summary>
    public long? FirstBadIndex => Findings.Min(static finding => finding.Index);
}

/// <summary>
/// Recomputes a whole journal from its rows and keys: every commitment, leaf, link and root, every checkpoint ever signed. Trusts
/// nothing that is stored. Streams; reads ahead on one core while the others compute.
/// </summary>
internal sealed class VerifyJournal
{
    // Small blocks die young: larger ones outlive a collection and are copied.
    private const int BlockSize = 2_048, BlockBytes = 16 << 20, MaxFindings = 100, TileLevel = 8;

    private readonly SqliteWorkspaceStore _store;
    private readonly List<JournalFinding> _findings = [];
    private readonly Frontier _frontier = new();
    // Leaves since the last full tile.
    private readonly byte[] _tile = new byte[TreeWriter.TileWidth * MerkleHash.Size];
    private byte[] _link = new byte[MerkleHash.LinkSize];
    private readonly Dictionary<Guid, long> _erasedAt = [];
    private readonly HashSet<Guid> _ordered = [];
    private readonly Queue<(long Size, string Note)> _checkpoints = new();
    private readonly Dictionary<long, byte[]> _tiles = [];
    private long _recordedAt = long.MinValue, _entries, _records, _erased;
    private int _checked;
    private bool _hasMore;
    private VerifierKey? _key;
    private (long Size, byte[] Root)? _lastSigned;

    // One per core, kept: their buffers are large.
    private readonly EntryAuditor[] _auditors;

    private VerifyJournal(SqliteWorkspaceStore store)
    {
        _store = store;
        _auditors = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new EntryAuditor(store.Id, store.Keys))];
    }

    /// <summary>Audits a journal. Writers may go on: what is appended after the start is not looked at.</summary>
    /// <param name="store">The workspace.</param>
    /// <param name="progress">Told (entries done, entries in all) now and then.</param>
    /// <param name="cancel">Cancels.</param>
    public static JournalAudit Run(SqliteWorkspaceStore store, Action<long, long>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(store);
        using var activity = JournalTelemetry.Source.StartActivity("journal.verify");
        return new VerifyJournal(store).Audit(progress, cancel);
    }

    private JournalAudit Audit(Action<long, long>? progress, CancellationToken cancel)
    {
        var (size, root, frontier) = ReadTree();
        ReadSigned(size);
        // One block is read while the one before it is computed.
        var next = Task.Run(() => ReadBlock(0, size), cancel);
        for (long at = 0; at < size;)
        {
            cancel.ThrowIfCancellationRequested();
            var block = next.GetAwaiter().GetResult();
            var from = at = block.Next;
            next = Task.Run(() => ReadBlock(from, size), cancel);
            Compute(block);
            Merge(block);
            progress?.Invoke(Math.Min(at, size), size);
            if (block.IsBroken) break;
        }
        next.GetAwaiter().GetResult();
        Finish(size, root, frontier);
        _key?.Dispose();
        foreach (var auditor in _auditors) auditor.Dispose();
        return new()
        {
            Entries = _entries,
            Records = _records,
            ErasedRecords = _erased,
            Checkpoints = _checked,
            Root = RootNow(),
            Findings = [.. _findings.OrderBy(static finding => finding.Index ?? long.MaxValue)],
            HasMore = _hasMore,
        };
    }

    private void Find(long? index, string what)
    {
        if (_findings.Count < MaxFindings) _findings.Add(new(index, what));
        else _hasMore = true;
    }

    private (long Size, byte[] Root, byte[] Frontier) ReadTree()
    {
        try
        {
            return _store.WithReader(static reader =>
            {
                using var row = reader.Commands.Get(JournalSql.Tree).ExecuteReader();
                if (!row.Read()) throw new JournalFormatException("the stored Merkle tree is gone");
                return (row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2));
            });
        }
        catch (Exception fault) when (IsDamage(fault))
        {
            Find(null, $"the stored right edge of the tree cannot be read: {fault.Message}");
            return (0, [], []);
        }
    }

    private void ReadSigned(long size)
    {
        try
        {
            _store.WithReader(reader =>
            {
                using (var rows = reader.Commands.Get(JournalSql.Checkpoints).ExecuteReader())
                    while (rows.Read()) _checkpoints.Enqueue((rows.GetInt64(0), rows.GetString(1)));
                using (var rows = reader.Commands.Get(JournalSql.Tiles).ExecuteReader())
                    while (rows.Read()) _tiles.Add(rows.GetInt64(0), rows.GetFieldValue<byte[]>(1));
                return 0;
            });
            _lastSigned = _store.Keys.LastSigned();
            if (_lastSigned is var (signed, _) && signed > size)
                Find(size, $"a checkpoint over {signed} entries was signed, but there are only {size}: an older file was put in place of the journal, or its end was cut off");
            if (_checkpoints.Count == 0) return;
            using var signing = SigningKey.Open(_store.Files.SigningKey, _store.Origin, mayCreate: false);
            _key = VerifierKey.Parse(signing.Verifier.ToString());
        }
        catch (Exception fault) when (IsDamage(fault) || fault is StorageException)
        {
            Find(null, $"the signed checkpoints cannot be read: {fault.Message}");
            _checkpoints.Clear();
        }
    }

    private AuditBlock ReadBlock(long from, long size)
    {
        var block = new AuditBlock { Next = size };
        if (from >= size) return block;
        try
        {
            _store.WithReader(reader =>
            {
                using (var rows = reader.Commands.Get(JournalSql.Audit).Bind("@from", from).Bind("@count", (int)Math.Min(BlockSize, size - from)).ExecuteReader())
                {
                    for (var bytes = 0; rows.Read();)
                    {
                        var row = new AuditRow(rows.GetInt64(0), rows.GetFieldValue<byte[]>(1), rows.GetFieldValue<byte[]>(2), rows.GetFieldValue<byte[]>(3), rows.GetFieldValue<byte[]>(4));
                        block.Rows.Add(row);
                        bytes += row.Body.Length;
                        if (block.Rows.Count < BlockSize && bytes < BlockBytes) continue;
                        block.Next = Math.Max(from + 1, row.Index + 1);
                        break;
                    }
                }
                var last = block.Next >= size ? long.MaxValue : block.Next - 1;
                using var more = reader.Commands.Get(JournalSql.AuditMore).Bind("@from", from).Bind("@to", last).ExecuteReader();
                while (more.Read()) block.More.Add((more.GetInt64(0), more.GetInt32(1), more.GetFieldValue<byte[]>(2)));
                return 0;
            });
        }
        catch (Exception fault) when (IsDamage(fault))
        {
            block.Fault = fault.Message;
        }
        return block;
    }

    private void Compute(AuditBlock block)
    {
        block.GiveRuns();
        for (var i = 0; i < block.Rows.Count; i++) block.Rows[i].PreviousLink = i == 0 ? _link : block.Rows[i - 1].Link;
        if (block.Rows.Count > 0) _link = block.Rows[^1].Link;
        var parts = _auditors.Length;
        Parallel.For(0, parts, part => _auditors[part].Audit(block.Rows, block.Rows.Count * part / parts, block.Rows.Count * (part + 1) / parts));
    }

    private void Merge(AuditBlock block)
    {
        foreach (var row in block.Rows)
        {
            if (row.Index != _entries)
            {
                Find(_entries, row.Index > _entries ? $"entries {_entries} to {row.Index - 1} are missing" : $"entry {row.Index} stands twice");
                // Everything after is at the wrong place: naming each would bury the first.
                block.IsBroken = true;
                return;
            }
            _entries++;
            _records += row.RecordCount;
            _erased += row.ErasedCount;
            foreach (var fault in row.Faults) Find(row.Index, fault);
            if (row.RecordedAt < _recordedAt) Find(row.Index, "it was recorded before the entry ahead of it: entries were reordered or edited");
            else _recordedAt = row.RecordedAt;
            foreach (var token in row.ErasedTokens) _erasedAt.TryAdd(token, row.Index);
            foreach (var token in row.OrderedTokens) _ordered.Add(token);
            TakeLeaf(row.Leaf);
        }
        if (block.Fault is { } broken)
        {
            Find(_entries, $"the file is damaged here: {broken}");
            block.IsBroken = true;
        }
        foreach (var (entry, position) in block.Orphans) Find(entry, $"records from {position} on belong to no entry");
    }

    private void TakeLeaf(ReadOnlySpan<byte> leaf)
    {
        var at = (int)((_entries - 1) % TreeWriter.TileWidth);
        leaf.CopyTo(_tile.AsSpan(at * MerkleHash.Size));
        if (at == TreeWriter.TileWidth - 1)
        {
            var root = MerkleHash.Root(_tile);
            _frontier.Append(root, TileLevel);
            var number = (_entries / TreeWriter.TileWidth) - 1;
            var first = _entries - TreeWriter.TileWidth;
            // Where an entry of the tile is known to be wrong, saying that the tile is too would only blur which.
            if ((!_tiles.Remove(number, out var stored) || !root.AsSpan().SequenceEqual(stored)) && !_findings.Exists(finding => finding.Index >= first))
                Find(first, $"the root over entries {_entries - TreeWriter.TileWidth} to {_entries - 1} is not the one that was stored");
        }
        while (_checkpoints.TryPeek(out var next) && next.Size <= _entries)
        {
            _checkpoints.Dequeue();
            if (next.Size == _entries) CheckSigned(next.Size, next.Note);
            else Find(next.Size, "a stored checkpoint is out of place");
        }
        if (_lastSigned is var (size, signed) && size == _entries && !RootNow().AsSpan().SequenceEqual(signed))
            Find(size - 1, $"the first {size} entries are not the ones that were last signed");
    }

    // Whole tiles are in the frontier; the leaves after them are added to a copy.
    private Frontier EdgeNow()
    {
        var edge = _frontier.Copy();
        for (var i = 0; edge.Size < _entries; i++) edge.Append(_tile.AsSpan(i * MerkleHash.Size, MerkleHash.Size));
        return edge;
    }

    private byte[] RootNow() => EdgeNow().Root();

    private void CheckSigned(long size, string note)
    {
        try
        {
            var checkpoint = Checkpoint.Parse(SignedNote.Verified(note, _key!));
            if (checkpoint.Origin != _store.Origin || checkpoint.Size != size)
                Find(size, $"the checkpoint stored for {size} entries is one of '{checkpoint.Origin}' over {checkpoint.Size}");
            else if (!RootNow().AsSpan().SequenceEqual(checkpoint.Root))
                Find(Math.Max(0, size - 1), $"the first {size} entries are not the ones that were signed");
            _checked++;
        }
        catch (JournalFormatException fault)
        {
            Find(size, $"the checkpoint over {size} entries is damaged: {fault.Message}");
        }
    }

    private void Finish(long size, byte[] root, byte[] frontier)
    {
        if (_findings.Count == 0 || _entries == size)
        {
            if (_entries < size) Find(_entries, $"the journal ends after {_entries} entries, but its tree has {size}: the end was cut off");
            else if (!RootNow().AsSpan().SequenceEqual(root) || !EdgeNow().ToBytes().AsSpan().SequenceEqual(frontier))
                Find(_findings.Count > 0 ? null : size - (size % TreeWriter.TileWidth), "the root over all entries is not the one that was stored");
            if (_tiles.Count > 0) Find(null, $"{_tiles.Count} roots are stored for tiles that do not exist");
            foreach (var (checkpointSize, note) in _checkpoints)
            {
                if (checkpointSize == 0 && size >= 0) CheckEmpty(note);
                else Find(_entries, $"a checkpoint over {checkpointSize} entries was signed, but there are only {_entries}");
            }
        }
        foreach (var (token, index) in _erasedAt)
        {
            if (!_ordered.Contains(token))
                Find(index, $"the key of a record is missing although no erasure was ordered: the record names a key ({token:N}) that never existed, or the key store lost it");
        }
    }

    private void CheckEmpty(string note)
    {
        try
        {
            if (Checkpoint.Parse(SignedNote.Verified(note, _key!)) is not { Size: 0 } checkpoint || !checkpoint.Root.AsSpan().SequenceEqual(MerkleHash.Empty))
                Find(0, "the checkpoint over the empty journal is not of an empty journal");
            _checked++;
        }
        catch (JournalFormatException fault)
        {
            Find(0, $"the checkpoint over the empty journal is damaged: {fault.Message}");
        }
    }

    internal static bool IsDamage(Exception fault) =>
        fault is SqliteException or JournalFormatException or InvalidCastException or InvalidOperationException or OverflowException or System.Text.DecoderFallbackException;
}
