using Emend.Engine.Storage;

namespace Emend.Engine.Journal;

/// <summary>The Merkle tree's right edge on the writer: takes leaves in, writes a tile's root whenever 256 leaves are full.</summary>
internal sealed class TreeWriter
{
    /// <summary>Leaves of a tile.</summary>
    public const int TileWidth = 256;

    // Hashes of the leaves since the last full tile.
    private readonly byte[] _open = new byte[TileWidth * MerkleHash.Size];
    private readonly byte[] _link = new byte[MerkleHash.LinkSize];

    private readonly byte[] _linkKey;

    private TreeWriter(Frontier frontier, byte[] linkKey) => (Frontier, _linkKey) = (frontier, linkKey);

    /// <summary>The right edge.</summary>
    public Frontier Frontier { get; }

    /// <summary>Leaves so far.</summary>
    public long Size => Frontier.Size;

    /// <summary>Opens the stored tree and checks its open tile against the entries.</summary>
    /// <exception cref="StorageException">They do not fit together.</exception>
    public static TreeWriter Load(CommandCache commands, byte[] linkKey)
    {
        Frontier frontier;
        using (var row = commands.Get(JournalSql.Tree).ExecuteReader())
        {
            if (!row.Read()) throw new StorageException("the journal has no Merkle tree: its table 'tree' is empty");
            frontier = Frontier.Load(row.GetInt64(0), row.GetFieldValue<byte[]>(2));
        }
        var tree = new TreeWriter(frontier, linkKey);
        var (from, count) = (tree.Size - (tree.Size % TileWidth), 0);
        using (var heads = commands.Get(JournalSql.Heads).Bind("@from", from).Bind("@to", long.MaxValue).ExecuteReader())
        {
            for (; count < TileWidth && heads.Read(); count++)
                MerkleHash.Leaf(heads.GetFieldValue<byte[]>(0), tree._open.AsSpan(count * MerkleHash.Size, MerkleHash.Size));
        }
        if (from + count != tree.Size || !tree.EdgeFits(count))
        {
            throw new StorageException(
                $"the last entries of the journal do not fit its Merkle tree ({from + count} entries, {tree.Size} leaves): rows were edited or lost. Run `emend audit verify`; restore the file from a backup.");
        }
        if (tree.Size > 0 && commands.Get(JournalSql.LinkOf).Bind("@idx", tree.Size - 1).ExecuteScalar() is byte[] { Length: MerkleHash.LinkSize } link)
            link.CopyTo(tree._link, 0);
        return tree;
    }

    /// <summary>Takes an entry's canonical bytes in; gives its link.</summary>
    public byte[] Append(ReadOnlySpan<byte> head, CommandCache commands)
    {
        var at = (int)(Size % TileWidth);
        var leaf = _open.AsSpan(at * MerkleHash.Size, MerkleHash.Size);
        MerkleHash.Leaf(head, leaf);
        MerkleHash.Link(_linkKey, _link, leaf, _link);
        Frontier.Append(leaf);
        if (at == TileWidth - 1)
            commands.Get(JournalSql.AddTile).Bind("@number", (Size / TileWidth) - 1).Bind("@root", MerkleHash.Root(_open)).ExecuteNonQuery();
        return [.. _link];
    }

    /// <summary>A copy to return to.</summary>
    public TreeWriter Copy()
    {
        var copy = new TreeWriter(Frontier.Copy(), _linkKey);
        _open.CopyTo(copy._open, 0);
        _link.CopyTo(copy._link, 0);
        return copy;
    }

    // The low eight bits of the size are subtrees inside the open tile: recompute them.
    private bool EdgeFits(int count)
    {
        var edge = new Frontier();
        for (var i = 0; i < count; i++) edge.Append(_open.AsSpan(i * MerkleHash.Size, MerkleHash.Size));
        return Frontier.ToBytes().AsSpan().EndsWith(edge.ToBytes());
    }
}
