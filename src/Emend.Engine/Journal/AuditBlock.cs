namespace Emend.Engine.Journal;

/// <summary>A stored row and what its audit found.</summary>
internal sealed class AuditRow(long index, byte[] entryId, byte[] link, byte[] head, byte[] body)
{
    // Most rows need none of these lists.
    private List<string>? _faults;
    private List<Guid>? _erased, _ordered;
    private List<(int Position, byte[] Run)>? _more;

    public long Index => index;
    public byte[] EntryId => entryId;
    public byte[] Link => link;
    public byte[] Head => head;
    public byte[] Body => body;
    /// <summary>Runs after the first.</summary>
    public IReadOnlyList<(int Position, byte[] Run)> More => _more ?? [];

    public void Give(int position, byte[] run) => (_more ??= []).Add((position, run));

    /// <summary>Stored link of the row before it.</summary>
    public byte[] PreviousLink { get; set; } = [];
    public byte[] Leaf { get; } = new byte[MerkleHash.Size];
    public long RecordedAt { get; set; } = long.MinValue;
    public int RecordCount { get; set; }
    public int ErasedCount { get; set; }
    public IReadOnlyList<string> Faults => _faults ?? [];
    /// <summary>Keys that its records name and that do not exist.</summary>
    public IReadOnlyList<Guid> ErasedTokens => _erased ?? [];
    /// <summary>Keys that it orders destroyed.</summary>
    public IReadOnlyList<Guid> OrderedTokens => _ordered ?? [];

    public void Fault(string what) => (_faults ??= []).Add(what);

    public void Erased(Guid token) => (_erased ??= []).Add(token);

    public void Ordered(Guid token) => (_ordered ??= []).Add(token);
}

/// <summary>A run of consecutive rows, read together.</summary>
internal sealed class AuditBlock
{
    /// <summary>Index the next block begins at.</summary>
    public required long Next { get; set; }
    public List<AuditRow> Rows { get; } = [];
    public List<(long Entry, int Position, byte[] Run)> More { get; } = [];
    /// <summary>Later runs that no entry of the block claims.</summary>
    public List<(long Entry, int Position)> Orphans { get; } = [];
    /// <summary>What stopped the reading.</summary>
    public string? Fault { get; set; }
    /// <summary>Whether entries after this block cannot be judged.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Gives later runs to their rows.</summary>
    public void GiveRuns()
    {
        if (More.Count == 0) return;
        var rows = new Dictionary<long, AuditRow>();
        foreach (var row in Rows) rows.TryAdd(row.Index, row);
        foreach (var (entry, position, run) in More)
        {
            if (rows.TryGetValue(entry, out var row)) row.Give(position, run);
            else Orphans.Add((entry, position));
        }
    }
}
