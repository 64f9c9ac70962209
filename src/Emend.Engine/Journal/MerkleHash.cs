using System.Numerics;
using System.Security.Cryptography;

namespace Emend.Engine.Journal;

/// <summary>Hashes of RFC 6962, section 2.1: leaves and nodes are told apart by a first byte.</summary>
internal static class MerkleHash
{
    /// <summary>Bytes of a hash (SHA-256).</summary>
    public const int Size = 32;

    /// <summary>Root of the empty tree.</summary>
    public static byte[] Empty => SHA256.HashData([]);

    /// <summary><c>SHA256(0x00 || data)</c>.</summary>
    public static void Leaf(ReadOnlySpan<byte> data, Span<byte> to)
    {
        Span<byte> input = data.Length < 600 ? stackalloc byte[data.Length + 1] : new byte[data.Length + 1];
        input[0] = 0;
        data.CopyTo(input[1..]);
        SHA256.HashData(input, to);
    }

    /// <summary><c>SHA256(0x01 || left || right)</c>.</summary>
    public static void Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> to)
    {
        Span<byte> input = stackalloc byte[1 + Size + Size];
        input[0] = 1;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + Size)..]);
        SHA256.HashData(input, to);
    }

    [ThreadStatic]
    private static LaneHasher? t_hasher;

    /// <summary>Bytes of a link.</summary>
    public const int LinkSize = 16;

    /// <summary>
    /// Link of an entry to all before it: <c>SHA256(link key || previous link || leaf hash)</c>, first 16 bytes; the first entry's
    /// previous link is zero.
    /// </summary>
    /// <remarks>
    /// Names the first row that does not fit, also when whoever edited it had the whole database in hand: without the key, which lies
    /// with the other keys, no link can be made. Key first is sound here: inputs have one length and half of the hash is dropped.
    /// </remarks>
    public static void Link(ReadOnlySpan<byte> key, ReadOnlySpan<byte> previous, ReadOnlySpan<byte> leafHash, Span<byte> to)
    {
        Span<byte> input = stackalloc byte[Size + LinkSize + Size];
        key[..Size].CopyTo(input);
        previous[..LinkSize].CopyTo(input[Size..]);
        leafHash.CopyTo(input[(Size + LinkSize)..]);
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(input, hash);
        hash[..LinkSize].CopyTo(to);
    }

    /// <summary>Root over leaf hashes that lie side by side. Overwrites nothing.</summary>
    public static byte[] Root(ReadOnlySpan<byte> leafHashes)
    {
        if (leafHashes.Length == 0) return Empty;
        // Level by level; a last node without a sibling moves up unchanged, which equals RFC 6962's split at the largest power of two.
        var level = leafHashes.ToArray();
        for (var count = level.Length / Size; count > 1; count = (count + 1) / 2)
        {
            if (count / 2 < Sha256Lanes.Lanes)
            {
                for (var i = 0; i < count / 2; i++)
                    Node(level.AsSpan(2 * i * Size, Size), level.AsSpan((2 * i + 1) * Size, Size), level.AsSpan(i * Size, Size));
            }
            else
            {
                var hasher = t_hasher ??= new();
                hasher.Clear();
                for (var i = 0; i < count / 2; i++) hasher.Add([1], level.AsSpan(2 * i * Size, 2 * Size));
                hasher.Compute();
                for (var i = 0; i < count / 2; i++) hasher[i].CopyTo(level.AsSpan(i * Size));
            }
            if (count % 2 == 1) level.AsSpan((count - 1) * Size, Size).CopyTo(level.AsSpan(count / 2 * Size));
        }
        return level[..Size];
    }

    /// <summary>Largest power of two smaller than <paramref name="n"/>, n &gt; 1.</summary>
    public static long Split(long n) => 1L << (63 - BitOperations.LeadingZeroCount((ulong)(n - 1)));
}
