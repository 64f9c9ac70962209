using System.Runtime.Intrinsics;

namespace Emend.Engine.Journal;

/// <summary>Collects fields and computes their commitments together, eight at a time where the machine can. Keeps its buffers: one per thread, reused.</summary>
internal sealed class FieldCommitter
{
    // Longer values are hashed by the platform: there the hashing outweighs the call.
    private const int LongestInLanes = 1_024;

    private byte[] _commitments = new byte[256 * MerkleHash.Size];
    private byte[] _messages = new byte[64 * 1024];
    private Job[] _jobs = new Job[256];
    private int _used, _jobCount;

    /// <summary>Fields collected.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a field in; its place among the commitments is the number of fields before it.</summary>
    public void Add(ReadOnlySpan<byte> entryKey, int ordinal, FieldClass @class, ReadOnlySpan<byte> path, ReadOnlySpan<byte> value)
    {
        if (_commitments.Length < (Count + 1) * MerkleHash.Size) Array.Resize(ref _commitments, 2 * _commitments.Length);
        var place = Count++;
        if (!Sha256Lanes.IsSupported || value.Length > LongestInLanes)
        {
            Span<byte> salt = stackalloc byte[MerkleHash.Size];
            FieldCommitment.Salt(entryKey, ordinal, path, salt);
            FieldCommitment.Commit(salt, @class, path, value, _commitments.AsSpan(place * MerkleHash.Size, MerkleHash.Size));
            return;
        }
        var (saltSize, fieldSize) = (FieldCommitment.SaltMessageSize(path), FieldCommitment.FieldMessageSize(path, value));
        var (saltRoom, fieldRoom) = (Sha256Lanes.Padded(saltSize), Sha256Lanes.Padded(fieldSize));
        var needed = _used + MerkleHash.Size + saltRoom + fieldRoom;
        if (_messages.Length < needed) Array.Resize(ref _messages, 2 * needed);
        if (_jobs.Length == _jobCount) Array.Resize(ref _jobs, 2 * _jobCount);

        entryKey.CopyTo(_messages.AsSpan(_used));
        var message = _messages.AsSpan(_used + MerkleHash.Size, saltRoom);
        FieldCommitment.WriteSaltMessage(ordinal, path, message);
        Sha256Lanes.Pad(message, saltSize, Sha256Lanes.Block);
        message = _messages.AsSpan(_used + MerkleHash.Size + saltRoom, fieldRoom);
        FieldCommitment.WriteFieldMessage(@class, path, value, message);
        Sha256Lanes.Pad(message, fieldSize, Sha256Lanes.Block);
        _jobs[_jobCount++] = new(place, _used, saltRoom / Sha256Lanes.Block, fieldRoom / Sha256Lanes.Block);
        _used = needed;
    }

    /// <summary>Computes what was collected.</summary>
    public void Compute()
    {
        if (_jobCount == 0) return;
        // Messages of equal length side by side: a lane that has ended waits for the longest of its eight.
        _jobs.AsSpan(0, _jobCount).Sort(static (a, b) => a.Order.CompareTo(b.Order));
        Span<Vector256<uint>> scratch = stackalloc Vector256<uint>[32];
        var hmac = new HmacLanes(scratch);
        Span<int> at = stackalloc int[Sha256Lanes.Lanes], blocks = stackalloc int[Sha256Lanes.Lanes];
        Span<byte> keys = stackalloc byte[Sha256Lanes.Lanes * MerkleHash.Size], codes = stackalloc byte[Sha256Lanes.Lanes * MerkleHash.Size];
        for (var from = 0; from < _jobCount; from += Sha256Lanes.Lanes)
        {
            var jobs = _jobs.AsSpan(from, Math.Min(Sha256Lanes.Lanes, _jobCount - from));
            for (var lane = 0; lane < jobs.Length; lane++)
            {
                _messages.AsSpan(jobs[lane].At, MerkleHash.Size).CopyTo(keys[(lane * MerkleHash.Size)..]);
                (at[lane], blocks[lane]) = (jobs[lane].At + MerkleHash.Size, jobs[lane].SaltBlocks);
            }
            hmac.Compute(keys, _messages, at, blocks[..jobs.Length], codes);
            for (var lane = 0; lane < jobs.Length; lane++)
                (at[lane], blocks[lane]) = (jobs[lane].At + MerkleHash.Size + (jobs[lane].SaltBlocks * Sha256Lanes.Block), jobs[lane].FieldBlocks);
            codes.CopyTo(keys);
            hmac.Compute(keys, _messages, at, blocks[..jobs.Length], codes);
            for (var lane = 0; lane < jobs.Length; lane++)
                codes.Slice(lane * MerkleHash.Size, MerkleHash.Size).CopyTo(_commitments.AsSpan(jobs[lane].Place * MerkleHash.Size));
        }
        // Keys and personal values do not outlive their use.
        _messages.AsSpan(0, _used).Clear();
        (_used, _jobCount) = (0, 0);
    }

    /// <summary>Commitments to <paramref name="count"/> fields from <paramref name="first"/>, side by side, once computed.</summary>
    public ReadOnlySpan<byte> Commitments(int first, int count) => _commitments.AsSpan(first * MerkleHash.Size, count * MerkleHash.Size);

    /// <summary>Forgets all fields.</summary>
    public void Clear() => (Count, _used, _jobCount) = (0, 0, 0);

    private readonly record struct Job(int Place, int At, int SaltBlocks, int FieldBlocks)
    {
        public int Order => (FieldBlocks << 8) + SaltBlocks;
    }
}
