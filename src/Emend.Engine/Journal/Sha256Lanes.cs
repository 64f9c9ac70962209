using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Emend.Engine.Journal;

/// <summary>
/// SHA-256 over eight messages at once, one per lane of a 256-bit vector (FIPS 180-4, section 6.2). Field commitments are many
/// tiny hashes; calling the platform for each costs several times the hashing itself.
/// </summary>
/// <remarks>Tested to agree with the platform's own. Where vectors are narrower, callers use the platform's.</remarks>
internal static class Sha256Lanes
{
    /// <summary>Messages at once.</summary>
    public const int Lanes = 8;

    /// <summary>Bytes of a block.</summary>
    public const int Block = 64;

    private static readonly uint[] K =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>Whether this machine has vectors wide enough.</summary>
    public static bool IsSupported => Vector256.IsHardwareAccelerated;

    /// <summary>The state before the first block.</summary>
    public static void Start(Span<Vector256<uint>> state)
    {
        ReadOnlySpan<uint> initial = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
        for (var i = 0; i < 8; i++) state[i] = Vector256.Create(initial[i]);
    }

    /// <summary>Bytes that a message of this length takes once padded.</summary>
    public static int Padded(int length) => (length + 8 + Block) / Block * Block;

    /// <summary>Writes the padding after a message; <paramref name="before"/> counts bytes hashed ahead of it.</summary>
    /// <param name="padded">The message's room, of <see cref="Padded"/> bytes.</param>
    /// <param name="length">Bytes of the message.</param>
    /// <param name="before">Bytes of earlier blocks.</param>
    public static void Pad(Span<byte> padded, int length, int before)
    {
        padded[length] = 0x80;
        padded[(length + 1)..].Clear();
        BinaryPrimitives.WriteInt64BigEndian(padded[^8..], 8L * (before + length));
    }

    /// <summary>Takes a block of each lane in, as 16 vectors of one word of every lane (made by <see cref="Load"/>). The schedule is overwritten.</summary>
    // Hot from its first call on: a short run would otherwise spend itself in unoptimised code.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress(Span<Vector256<uint>> state, Span<Vector256<uint>> words)
    {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        var (e, f, g, h) = (state[4], state[5], state[6], state[7]);
        var k = K;
        words = words[..16];
        for (var t = 0; t < 64; t++)
        {
            Vector256<uint> w;
            if (t < 16)
            {
                w = words[t];
            }
            else
            {
                var (w15, w2) = (words[(t + 1) & 15], words[(t + 14) & 15]);
                var s0 = Right(w15, 7) ^ Right(w15, 18) ^ (w15 >>> 3);
                var s1 = Right(w2, 17) ^ Right(w2, 19) ^ (w2 >>> 10);
                w = words[t & 15] + s0 + words[(t + 9) & 15] + s1;
                words[t & 15] = w;
            }
            var t1 = h + (Right(e, 6) ^ Right(e, 11) ^ Right(e, 25)) + (g ^ (e & (f ^ g))) + Vector256.Create(k[t]) + w;
            var t2 = (Right(a, 2) ^ Right(a, 13) ^ Right(a, 22)) + ((a & b) | (c & (a | b)));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + t1, c, b, a, t1 + t2);
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }

    /// <summary>Spreads one lane's block over the 16 vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Load(Span<uint> words, int lane, ReadOnlySpan<byte> block)
    {
        for (var t = 0; t < 16; t++) words[(t * Lanes) + lane] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * t)..]);
    }

    /// <summary>One lane's digest.</summary>
    public static void Store(ReadOnlySpan<uint> state, int lane, Span<byte> digest)
    {
        for (var i = 0; i < 8; i++) BinaryPrimitives.WriteUInt32BigEndian(digest[(4 * i)..], state[(i * Lanes) + lane]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Right(Vector256<uint> x, int by) => (x >>> by) | (x << (32 - by));
}
