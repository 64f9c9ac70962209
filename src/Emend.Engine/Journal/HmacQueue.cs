using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Emend.Engine.Journal;

/// <summary>Collects short messages with their 32-byte keys and computes HMAC-SHA256 of each, eight at a time where the machine can.</summary>
internal sealed class HmacQueue
{
    // No key derivation of ours is longer: a label and an id.
    private const int Longest = Sha256Lanes.Block - 9, KeySize = 32;

    private byte[] _messages = new byte[64 * Sha256Lanes.Block];
    private byte[] _keys = new byte[64 * KeySize];
    private byte[] _codes = new byte[64 * KeySize];
    private byte[] _lengths = new byte[64];

    /// <summary>Messages collected.</summary>
    public int Count { get; private set; }

    /// <summary>Code of a message, by its place, once computed.</summary>
    public ReadOnlySpan<byte> this[int i] => _codes.AsSpan(i * KeySize, KeySize);

    /// <summary>Takes a message in; returns its place.</summary>
    public int Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> label, ReadOnlySpan<byte> id)
    {
        var length = label.Length + id.Length;
        if (length > Longest) throw new ArgumentException($"{length} bytes do not fit one block; at most {Longest} do", nameof(id));
        if (_lengths.Length == Count)
        {
            Array.Resize(ref _messages, 2 * _messages.Length);
            Array.Resize(ref _keys, 2 * _keys.Length);
            Array.Resize(ref _codes, 2 * _codes.Length);
            Array.Resize(ref _lengths, 2 * _lengths.Length);
        }
        key.CopyTo(_keys.AsSpan(Count * KeySize));
        var message = _messages.AsSpan(Count * Sha256Lanes.Block, Sha256Lanes.Block);
        label.CopyTo(message);
        id.CopyTo(message[label.Length..]);
        Sha256Lanes.Pad(message, length, Sha256Lanes.Block);
        _lengths[Count] = (byte)length;
        return Count++;
    }

    /// <summary>Computes what was collected.</summary>
    public void Compute()
    {
        if (!Sha256Lanes.IsSupported)
        {
            for (var i = 0; i < Count; i++)
                HMACSHA256.HashData(_keys.AsSpan(i * KeySize, KeySize), _messages.AsSpan(i * Sha256Lanes.Block, _lengths[i]), _codes.AsSpan(i * KeySize));
            return;
        }
        Span<Vector256<uint>> scratch = stackalloc Vector256<uint>[32];
        var hmac = new HmacLanes(scratch);
        Span<int> at = stackalloc int[Sha256Lanes.Lanes], blocks = stackalloc int[Sha256Lanes.Lanes];
        Span<byte> codes = stackalloc byte[Sha256Lanes.Lanes * KeySize];
        blocks.Fill(1);
        for (var from = 0; from < Count; from += Sha256Lanes.Lanes)
        {
            var lanes = Math.Min(Sha256Lanes.Lanes, Count - from);
            for (var lane = 0; lane < lanes; lane++) at[lane] = (from + lane) * Sha256Lanes.Block;
            hmac.Compute(_keys.AsSpan(from * KeySize), _messages, at, blocks[..lanes], codes);
            codes[..(lanes * KeySize)].CopyTo(_codes.AsSpan(from * KeySize));
        }
    }

    /// <summary>Forgets keys and codes.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_keys.AsSpan(0, Count * KeySize));
        CryptographicOperations.ZeroMemory(_codes.AsSpan(0, Count * KeySize));
        Count = 0;
    }
}
