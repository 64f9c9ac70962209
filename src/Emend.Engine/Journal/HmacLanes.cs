using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Emend.Engine.Journal;

/// <summary>HMAC-SHA256 (RFC 2104) of up to eight short messages under eight 32-byte keys at once.</summary>
internal ref struct HmacLanes
{
    private const int KeySize = 32;
    private readonly Span<Vector256<uint>> _state;
    private readonly Span<Vector256<uint>> _words;
    private readonly Span<Vector256<uint>> _before;

    /// <param name="scratch">Room of 32 vectors.</param>
    public HmacLanes(Span<Vector256<uint>> scratch)
    {
        _state = scratch[..8];
        _words = scratch.Slice(8, 16);
        _before = scratch.Slice(24, 8);
    }

    /// <summary>Computes.</summary>
    /// <param name="keys">Keys, side by side, one per lane.</param>
    /// <param name="messages">Room that holds the padded messages.</param>
    /// <param name="at">Where each lane's padded message begins; padded with <see cref="Sha256Lanes.Pad"/> after one block.</param>
    /// <param name="blocks">Blocks of each lane's message.</param>
    /// <param name="to">Codes, side by side.</param>
    public readonly void Compute(ReadOnlySpan<byte> keys, ReadOnlySpan<byte> messages, ReadOnlySpan<int> at, ReadOnlySpan<int> blocks, Span<byte> to)
    {
        var words = MemoryMarshal.Cast<Vector256<uint>, uint>(_words);
        var lanes = blocks.Length;
        Span<byte> block = stackalloc byte[Sha256Lanes.Block];

        Sha256Lanes.Start(_state);
        LoadKeys(keys, lanes, 0x36363636, words);
        Sha256Lanes.Compress(_state, _words);
        var most = 0;
        foreach (var count in blocks) most = Math.Max(most, count);
        Span<uint> active = stackalloc uint[Sha256Lanes.Lanes];
        for (var b = 0; b < most; b++)
        {
            var isUneven = false;
            for (var lane = 0; lane < lanes; lane++)
            {
                var isActive = b < blocks[lane];
                active[lane] = isActive ? uint.MaxValue : 0;
                isUneven |= !isActive;
                if (isActive) Sha256Lanes.Load(words, lane, messages.Slice(at[lane] + (b * Sha256Lanes.Block), Sha256Lanes.Block));
            }
            if (isUneven) _state.CopyTo(_before);
            Sha256Lanes.Compress(_state, _words);
            if (!isUneven) continue;
            // A lane whose message has ended keeps its state.
            var mask = Vector256.Create<uint>(active);
            for (var i = 0; i < 8; i++) _state[i] = Vector256.ConditionalSelect(mask, _state[i], _before[i]);
        }

        Span<byte> inner = stackalloc byte[Sha256Lanes.Lanes * KeySize];
        var state = MemoryMarshal.Cast<Vector256<uint>, uint>(_state);
        for (var lane = 0; lane < lanes; lane++) Sha256Lanes.Store(state, lane, inner[(lane * KeySize)..]);

        Sha256Lanes.Start(_state);
        LoadKeys(keys, lanes, 0x5c5c5c5c, words);
        Sha256Lanes.Compress(_state, _words);
        for (var lane = 0; lane < lanes; lane++)
        {
            inner.Slice(lane * KeySize, KeySize).CopyTo(block);
            Sha256Lanes.Pad(block, KeySize, Sha256Lanes.Block);
            Sha256Lanes.Load(words, lane, block);
        }
        Sha256Lanes.Compress(_state, _words);
        for (var lane = 0; lane < lanes; lane++) Sha256Lanes.Store(state, lane, to[(lane * KeySize)..]);
    }

    private static void LoadKeys(ReadOnlySpan<byte> keys, int lanes, uint pad, Span<uint> words)
    {
        words[(KeySize / 4 * Sha256Lanes.Lanes)..].Fill(pad);
        for (var lane = 0; lane < lanes; lane++)
        {
            for (var t = 0; t < KeySize / 4; t++)
                words[(t * Sha256Lanes.Lanes) + lane] = BinaryPrimitives.ReadUInt32BigEndian(keys[((lane * KeySize) + (4 * t))..]) ^ pad;
        }
    }
}
