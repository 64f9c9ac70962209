using System.Numerics;

namespace Emend.Engine.Journal;

/// <summary>The right edge of a Merkle tree: the roots of its full subtrees, largest first. Enough to append and to know the root.</summary>
internal sealed class Frontier
{
    private readonly byte[] _hashes = new byte[64 * MerkleHash.Size];

    /// <summary>Leaves so far.</summary>
    public long Size { get; private set; }

    private int Count => BitOperations.PopCount((ulong)Size);

    /// <summary>Reads a stored frontier.</summary>
    /// <exception cref="JournalFormatException">The bytes do not fit the size.</exception>
    public static Frontier Load(long size, ReadOnlySpan<byte> hashes)
    {
        if (size < 0 || hashes.Length != BitOperations.PopCount((ulong)size) * MerkleHash.Size)
            throw new JournalFormatException($"the stored right edge of the tree has {hashes.Length} bytes, which does not fit {size} leaves");
        var frontier = new Frontier { Size = size };
        hashes.CopyTo(frontier._hashes);
        return frontier;
    }

    /// <summary>Takes a leaf in.</summary>
    public void Append(ReadOnlySpan<byte> leafHash) => Append(leafHash, 0);

    /// <summary>Takes the root of a full subtree of 2^<paramref name="level"/> leaves in; the size must be a multiple of that.</summary>
    public void Append(ReadOnlySpan<byte> root, int level)
    {
        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        root.CopyTo(hash);
        var top = Count;
        // Every trailing one bit from this level on is a full subtree as large as what we carry: merge.
        for (var merges = BitOperations.TrailingZeroCount(~(Size >> level)); merges > 0; merges--)
            MerkleHash.Node(Slot(--top), hash, hash);
        hash.CopyTo(Slot(top));
        Size += 1L << level;
    }

    /// <summary>Root of the tree.</summary>
    public byte[] Root()
    {
        var count = Count;
        if (count == 0) return MerkleHash.Empty;
        var hash = Slot(count - 1).ToArray();
        for (var i = count - 2; i >= 0; i--) MerkleHash.Node(Slot(i), hash, hash);
        return hash;
    }

    /// <summary>What is stored.</summary>
    public byte[] ToBytes() => _hashes[..(Count * MerkleHash.Size)];

    /// <summary>A copy that does not follow this one.</summary>
    public Frontier Copy() => Load(Size, ToBytes());

    private Span<byte> Slot(int i) => _hashes.AsSpan(i * MerkleHash.Size, MerkleHash.Size);
}
