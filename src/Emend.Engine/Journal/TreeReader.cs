using Emend.Engine.Storage;

namespace Emend.Engine.Journal;

/// <summary>Hashes of subtrees from stored tile roots and heads: what proofs are made of.</summary>
internal sealed class TreeReader(CommandCache commands)
{
    private const int Width = TreeWriter.TileWidth;
    private readonly Dictionary<long, byte[]> _leaves = [];

    /// <summary>Root of the tree over the first <paramref name="size"/> entries.</summary>
    public byte[] Root(long size) => size == 0 ? MerkleHash.Empty : Hash(0, size);

    /// <summary>Hash of the leaves from (inclusive) to (exclusive).</summary>
    public byte[] Hash(long from, long to)
    {
        if (from / Width == (to - 1) / Width)
        {
            var leaves = Leaves(from / Width);
            if ((to - 1) % Width >= leaves.Length / MerkleHash.Size) throw new JournalFormatException($"entry {to - 1} is missing");
            return MerkleHash.Root(leaves.AsSpan((int)(from % Width) * MerkleHash.Size, (int)(to - from) * MerkleHash.Size));
        }
        if (from % Width == 0 && to % Width == 0) return MerkleHash.Root(TileRoots(from / Width, to / Width));
        var middle = from + MerkleHash.Split(to - from);
        var hash = new byte[MerkleHash.Size];
        MerkleHash.Node(Hash(from, middle), Hash(middle, to), hash);
        return hash;
    }

    private byte[] TileRoots(long from, long to)
    {
        var roots = new byte[(to - from) * MerkleHash.Size];
        var at = 0;
        using var rows = commands.Get(JournalSql.TileRoots).Bind("@from", from).Bind("@to", to).ExecuteReader();
        for (; rows.Read(); at += MerkleHash.Size)
        {
            var root = rows.GetFieldValue<byte[]>(0);
            if (root.Length != MerkleHash.Size) throw new JournalFormatException("a tile's root is damaged");
            root.CopyTo(roots, at);
        }
        return at == roots.Length ? roots : throw new JournalFormatException($"roots of tiles {from} to {to - 1} are missing");
    }

    private byte[] Leaves(long tile)
    {
        if (_leaves.TryGetValue(tile, out var known)) return known;
        var leaves = new byte[Width * MerkleHash.Size];
        var count = 0;
        using var heads = commands.Get(JournalSql.Heads).Bind("@from", tile * Width).Bind("@to", (tile + 1) * Width).ExecuteReader();
        for (; heads.Read(); count++)
            MerkleHash.Leaf(heads.GetFieldValue<byte[]>(0), leaves.AsSpan(count * MerkleHash.Size, MerkleHash.Size));
        leaves = leaves[..(count * MerkleHash.Size)];
        _leaves.Add(tile, leaves);
        return leaves;
    }
}
