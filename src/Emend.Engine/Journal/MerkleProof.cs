using System.Numerics;

namespace Emend.Engine.Journal;

/// <summary>Proofs of RFC 6962, section 2.1, and their verification as RFC 9162, sections 2.1.3.2 and 2.1.4.2, spells it out.</summary>
internal static class MerkleProof
{
    /// <summary>Hash of the leaves from (inclusive) to (exclusive) as a tree of their own.</summary>
    public delegate byte[] SubtreeHash(long from, long to);

    /// <summary>Audit path of leaf <paramref name="index"/> in the tree of the first <paramref name="size"/> leaves, lowest sibling first.</summary>
    public static List<byte[]> Inclusion(long index, long size, SubtreeHash hash)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var path = new List<byte[]>();
        var (from, to) = (0L, size);
        while (to - from > 1)
        {
            var middle = from + MerkleHash.Split(to - from);
            if (index < middle)
            {
                path.Add(hash(middle, to));
                to = middle;
            }
            else
            {
                path.Add(hash(from, middle));
                from = middle;
            }
        }
        path.Reverse();
        return path;
    }

    /// <summary>Proof that the tree of <paramref name="old"/> leaves is a prefix of the tree of <paramref name="size"/>.</summary>
    public static List<byte[]> Consistency(long old, long size, SubtreeHash hash)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(old);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(old, size);
        var proof = new List<byte[]>();
        if (old == 0 || old == size) return proof;
        var (from, to, isOldRoot) = (0L, size, true);
        while (old != to)
        {
            var middle = from + MerkleHash.Split(to - from);
            if (old <= middle)
            {
                proof.Add(hash(middle, to));
                to = middle;
            }
            else
            {
                proof.Add(hash(from, middle));
                from = middle;
                isOldRoot = false;
            }
        }
        if (!isOldRoot) proof.Add(hash(from, to));
        proof.Reverse();
        return proof;
    }

    /// <summary>Whether <paramref name="path"/> proves that the leaf is at <paramref name="index"/> of the tree with this size and root.</summary>
    public static bool IsIncluded(ReadOnlySpan<byte> leafHash, long index, long size, IReadOnlyList<byte[]> path, ReadOnlySpan<byte> root)
    {
        if (index < 0 || index >= size || leafHash.Length != MerkleHash.Size || root.Length != MerkleHash.Size) return false;
        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        leafHash.CopyTo(hash);
        var (node, last) = (index, size - 1);
        foreach (var sibling in path)
        {
            if (last == 0 || sibling.Length != MerkleHash.Size) return false;
            if ((node & 1) == 1 || node == last)
            {
                MerkleHash.Node(sibling, hash, hash);
                // A node without a right sibling was carried up unchanged: skip those levels.
                if ((node & 1) == 0) (node, last) = Raise(node, last, BitOperations.TrailingZeroCount(node));
            }
            else
            {
                MerkleHash.Node(hash, sibling, hash);
            }
            (node, last) = Raise(node, last, 1);
        }
        return last == 0 && hash.SequenceEqual(root);
    }

    /// <summary>Whether <paramref name="proof"/> proves that the tree (old, oldRoot) is a prefix of the tree (size, root).</summary>
    public static bool IsConsistent(long old, long size, ReadOnlySpan<byte> oldRoot, ReadOnlySpan<byte> root, IReadOnlyList<byte[]> proof)
    {
        if (old < 0 || old > size || oldRoot.Length != MerkleHash.Size || root.Length != MerkleHash.Size) return false;
        foreach (var hash in proof)
        {
            if (hash.Length != MerkleHash.Size) return false;
        }
        if (old == size) return proof.Count == 0 && oldRoot.SequenceEqual(root);
        // The empty tree is a prefix of every tree.
        if (old == 0) return proof.Count == 0 && oldRoot.SequenceEqual(MerkleHash.Empty);

        var at = 0;
        // An old tree of a power of two leaves is itself the first node: the proof leaves it out.
        var first = BitOperations.IsPow2(old) ? oldRoot : at < proof.Count ? proof[at++] : default;
        if (first.Length == 0) return false;
        Span<byte> oldHash = stackalloc byte[MerkleHash.Size], newHash = stackalloc byte[MerkleHash.Size];
        first.CopyTo(oldHash);
        first.CopyTo(newHash);
        var (node, last) = (old - 1, size - 1);
        (node, last) = Raise(node, last, BitOperations.TrailingZeroCount(~node));
        for (; at < proof.Count; at++)
        {
            if (last == 0) return false;
            if ((node & 1) == 1 || node == last)
            {
                MerkleHash.Node(proof[at], oldHash, oldHash);
                MerkleHash.Node(proof[at], newHash, newHash);
                if ((node & 1) == 0) (node, last) = Raise(node, last, BitOperations.TrailingZeroCount(node));
            }
            else
            {
                MerkleHash.Node(newHash, proof[at], newHash);
            }
            (node, last) = Raise(node, last, 1);
        }
        return last == 0 && oldHash.SequenceEqual(oldRoot) && newHash.SequenceEqual(root);
    }

    // Levels up. A node index of zero has 64 trailing zeros: shifting by that many must give zero.
    private static (long Node, long Last) Raise(long node, long last, int levels) => levels >= 63 ? (0, 0) : (node >> levels, last >> levels);
}
