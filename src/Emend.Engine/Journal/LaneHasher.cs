using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Emend.Engine.Journal;

/// <summary>Collects messages and hashes them together with SHA-256, eight at a time where the machine can. Keeps its buffers: one per thread, reused.</summary>
internal sealed class LaneHasher
{
    private byte[] _messages = new byte[16 * 1024];
    private byte[] _hashes = new byte[64 * MerkleHash.Size];
    private (int At, int Blocks)[] _jobs = new (int, int)[64];
    private int _used;

    /// <summary>Messages collected.</summary>
    public int Count { get; private set; }

    /// <summary>Hash of a message, by its place, once computed.</summary>
    public ReadOnlySpan<byte> this[int i] => _hashes.AsSpan(i * MerkleHash.Size, MerkleHash.Size);

    /// <summary>Takes a message in, given in parts; returns its place.</summary>
    public int Add(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third = default)
    {
        var length = first.Length + second.Length + third.Length;
        var room = Sha256Lanes.Padded(length);
        if (_messages.Length < _used + room) Array.Resize(ref _messages, 2 * (_used + room));
        if (_jobs.Length == Count) Array.Resize(ref _jobs, 2 * Count);
        var message = _messages.AsSpan(_used, room);
        first.CopyTo(message);
        second.CopyTo(message[first.Length..]);
        third.CopyTo(message[(first.Length + second.Length)..]);
        // Without lanes the length is kept in place of the padding.
        if (Sha256Lanes.IsSupported) Sha256Lanes.Pad(message, length, 0);
        _jobs[Count] = (_used, Sha256Lanes.IsSupported ? room / Sha256Lanes.Block : length);
        _used += room;
        return Count++;
    }

    /// <summary>Hashes what was collected.</summary>
    public void Compute()
    {
        if (_hashes.Length < Count * MerkleHash.Size) _hashes = new byte[2 * Count * MerkleHash.Size];
        if (!Sha256Lanes.IsSupported)
        {
            for (var i = 0; i < Count; i++) SHA256.HashData(_messages.AsSpan(_jobs[i].At, _jobs[i].Blocks), _hashes.AsSpan(i * MerkleHash.Size));
            return;
        }
        Span<Vector256<uint>> state = stackalloc Vector256<uint>[8], words = stackalloc Vector256<uint>[16], before = stackalloc Vector256<uint>[8];
        Span<uint> active = stackalloc uint[Sha256Lanes.Lanes];
        for (var from = 0; from < Count; from += Sha256Lanes.Lanes)
        {
            var jobs = _jobs.AsSpan(from, Math.Min(Sha256Lanes.Lanes, Count - from));
            var most = 0;
            foreach (var (_, blocks) in jobs) most = Math.Max(most, blocks);
            Sha256Lanes.Start(state);
            for (var b = 0; b < most; b++)
            {
                var isUneven = false;
                for (var lane = 0; lane < jobs.Length; lane++)
                {
                    var isActive = b < jobs[lane].Blocks;
                    active[lane] = isActive ? uint.MaxValue : 0;
                    isUneven |= !isActive;
                    if (isActive) Sha256Lanes.Load(MemoryMarshal.Cast<Vector256<uint>, uint>(words), lane, _messages.AsSpan(jobs[lane].At + (b * Sha256Lanes.Block), Sha256Lanes.Block));
                }
                if (isUneven) state.CopyTo(before);
                Sha256Lanes.Compress(state, words);
                if (!isUneven) continue;
                var mask = Vector256.Create<uint>(active);
                for (var i = 0; i < 8; i++) state[i] = Vector256.ConditionalSelect(mask, state[i], before[i]);
            }
            for (var lane = 0; lane < jobs.Length; lane++)
                Sha256Lanes.Store(MemoryMarshal.Cast<Vector256<uint>, uint>(state), lane, _hashes.AsSpan((from + lane) * MerkleHash.Size));
        }
    }

    /// <summary>Forgets all messages.</summary>
    public void Clear() => (Count, _used) = (0, 0);
}
