using Emend.Engine.Journal;
using Emend.TestKit;

namespace Emend.Engine.Tests.Journal;

public class Merkle_trees
{
    // Of each kind; the two together make the 100,000 that are aimed at.
    private static readonly int Forgeries = Soak.Trials(50_000, 500_000);

    // The eight leaves and the roots of RFC 6962's reference tests (certificate-transparency repository, merkle_tree_test).
    private static readonly string[] Inputs =
    [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ];

    private static readonly string[] Roots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Fact]
    public void have_the_roots_of_the_reference_tests()
    {
        var frontier = new Frontier();
        Assert.Equal(Roots[0], Convert.ToHexStringLower(frontier.Root()));
        for (var n = 0; n < Inputs.Length; n++)
        {
            frontier.Append(Leaf(Convert.FromHexString(Inputs[n])));
            Assert.Equal(Roots[n + 1], Convert.ToHexStringLower(frontier.Root()));
        }
    }

    [Fact]
    public void equal_the_recursion_of_the_standard_at_every_size_to_300()
    {
        var leaves = _base;
        var frontier = new Frontier();
        for (var n = 1; n <= 300; n++)
        {
            frontier.Append(leaves[n - 1]);
            var naive = Naive(leaves, 0, n);
            Assert.Equal(naive, frontier.Root());
            Assert.Equal(naive, MerkleHash.Root(Joined(leaves[..n])));
            Assert.Equal(naive, Frontier.Load(n, frontier.ToBytes()).Root());
        }
    }

    [Fact]
    public void prove_every_leaf_and_every_prefix_to_size_130()
    {
        var leaves = _base;
        for (var n = 1; n <= 130; n++)
        {
            var root = Naive(leaves, 0, n);
            for (var m = 0; m < n; m++)
                Assert.True(MerkleProof.IsIncluded(leaves[m], m, n, MerkleProof.Inclusion(m, n, Subtree(leaves)), root), $"leaf {m} of {n}");
            for (var m = 0; m <= n; m++)
                Assert.True(MerkleProof.IsConsistent(m, n, Naive(leaves, 0, m), root, MerkleProof.Consistency(m, n, Subtree(leaves))), $"{m} leaves as a prefix of {n}");
        }
    }

    [Fact]
    public void reject_every_forged_inclusion_proof()
    {
        var random = Seed.Next();
        var leaves = _base;
        for (int round = 0, forged = 0; forged < Forgeries; round++)
        {
            var n = random.Next(1, 301);
            var m = random.Next(n);
            var (leaf, index, size, path, root) = (leaves[m].ToArray(), (long)m, (long)n, MerkleProof.Inclusion(m, n, Subtree(leaves)).ConvertAll(static hash => hash.ToArray()), Naive(leaves, 0, n));
            switch (random.Next(8))
            {
                case 0: Flip(leaf, random); break;
                case 1: Flip(root, random); break;
                case 2 when path.Count > 0: Flip(path[random.Next(path.Count)], random); break;
                // Another index of the same tree, or one outside.
                case 3: index = (index + random.Next(1, 300)) % 512; if (index == m) continue; break;
                case 4 when path.Count > 0: path.RemoveAt(random.Next(path.Count)); break;
                case 5: path.Insert(random.Next(path.Count + 1), leaves[random.Next(300)]); break;
                case 6 when path.Count > 1: path.Reverse(); if (path[0].AsSpan().SequenceEqual(path[^1])) continue; break;
                // Another size is rejected unless the path is that tree's too, which is so only if the leaf's way up is the same.
                case 7: size = random.Next(1, 301); if (MerkleProof.Inclusion(m, n, Subtree(leaves)).Count == 0 || SameShape(m, n, size)) continue; break;
                default: continue;
            }
            forged++;
            Assert.False(MerkleProof.IsIncluded(leaf, index, size, path, root), $"leaf {m} of {n}, claimed {index} of {size}, round {round}");
        }
    }

    [Fact]
    public void reject_every_forged_consistency_proof()
    {
        var random = Seed.Next();
        var leaves = _base;
        for (int round = 0, forged = 0; forged < Forgeries; round++)
        {
            var n = random.Next(1, 301);
            var m = random.Next(0, n + 1);
            var (old, size, oldRoot, root) = ((long)m, (long)n, Naive(leaves, 0, m), Naive(leaves, 0, n));
            var proof = MerkleProof.Consistency(m, n, Subtree(leaves)).ConvertAll(static hash => hash.ToArray());
            switch (random.Next(6))
            {
                case 0: Flip(oldRoot, random); break;
                // (The empty tree is a prefix of any.)
                case 1 when m > 0: Flip(root, random); break;
                case 2 when proof.Count > 0: Flip(proof[random.Next(proof.Count)], random); break;
                case 3 when proof.Count > 0: proof.RemoveAt(random.Next(proof.Count)); break;
                case 4: proof.Insert(random.Next(proof.Count + 1), leaves[random.Next(300)]); break;
                // A history that was rewritten before the old size.
                case 5 when m > 0:
                    var rewritten = leaves.ToArray();
                    rewritten[random.Next(m)] = leaves[299 - random.Next(100)].Reverse().ToArray();
                    root = Recursion(rewritten, 0, n);
                    proof = MerkleProof.Consistency(m, n, (from, to) => Recursion(rewritten, from, to));
                    break;
                default: continue;
            }
            forged++;
            Assert.False(MerkleProof.IsConsistent(old, size, oldRoot, root, proof), $"{m} of {n}, round {round}");
        }
    }

    // Two sizes give a leaf the same kind of way up when each step has its sibling on the same side.
    private static bool SameShape(long index, long a, long b) => index < b && Sides(index, a) == Sides(index, b);

    private static string Sides(long index, long size)
    {
        var sides = "";
        var (from, to) = (0L, size);
        while (to - from > 1)
        {
            var middle = from + MerkleHash.Split(to - from);
            sides = (index < middle ? "r" : "l") + sides;
            if (index < middle) to = middle;
            else from = middle;
        }
        return sides;
    }

    private static void Flip(byte[] hash, Random random) => hash[random.Next(hash.Length)] ^= (byte)(1 << random.Next(8));

    private MerkleProof.SubtreeHash Subtree(byte[][] leaves) => (from, to) => Naive(leaves, from, to);

    // One test's leaves at a time; without it the proofs hash the same subtrees millions of times.
    private readonly byte[][] _base = Leaves(300);
    private readonly Dictionary<(byte[][], long, long), byte[]> _known = [];

    private byte[] Naive(byte[][] leaves, long from, long to)
    {
        if (_known.TryGetValue((leaves, from, to), out var known)) return known.ToArray();
        var hash = Recursion(leaves, from, to);
        if (leaves == _base) _known[(leaves, from, to)] = hash.ToArray();
        return hash;
    }

    private byte[] Recursion(byte[][] leaves, long from, long to)
    {
        if (from == to) return MerkleHash.Empty;
        if (to - from == 1) return leaves[from].ToArray();
        var k = 1L;
        while (2 * k < to - from) k *= 2;
        var hash = new byte[32];
        System.Security.Cryptography.SHA256.HashData([1, .. Of(from, from + k), .. Of(from + k, to)], hash);
        return hash;

        byte[] Of(long a, long b) => leaves == _base ? Naive(leaves, a, b) : Recursion(leaves, a, b);
    }

    private static byte[][] Leaves(int count) => [.. Enumerable.Range(0, count).Select(static i => Leaf(BitConverter.GetBytes(i)))];

    private static byte[] Leaf(byte[] data)
    {
        var hash = new byte[32];
        MerkleHash.Leaf(data, hash);
        return hash;
    }

    private static byte[] Joined(byte[][] hashes) => [.. hashes.SelectMany(static hash => hash)];
}
