namespace Emend.Engine.Journal;

/// <summary>Collects fields and computes their commitments together. Keeps its buffers: one per thread, reused.</summary>
internal sealed class FieldCommitter
{
    private byte[] _commitments = new byte[256 * MerkleHash.Size];

    /// <summary>Fields collected.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a field in; its place among the commitments is the number of fields before it.</summary>
    public void Add(ReadOnlySpan<byte> entryKey, int ordinal, FieldClass @class, ReadOnlySpan<byte> path, ReadOnlySpan<byte> value)
    {
        if (_commitments.Length < (Count + 1) * MerkleHash.Size) Array.Resize(ref _commitments, 2 * _commitments.Length);
        Span<byte> salt = stackalloc byte[MerkleHash.Size];
        FieldCommitment.Salt(entryKey, ordinal, path, salt);
        FieldCommitment.Commit(salt, @class, path, value, _commitments.AsSpan(Count++ * MerkleHash.Size, MerkleHash.Size));
    }

    /// <summary>Commitments to <paramref name="count"/> fields from <paramref name="first"/>, side by side.</summary>
    public ReadOnlySpan<byte> Commitments(int first, int count) => _commitments.AsSpan(first * MerkleHash.Size, count * MerkleHash.Size);

    /// <summary>Forgets all fields.</summary>
    public void Clear() => Count = 0;
}
