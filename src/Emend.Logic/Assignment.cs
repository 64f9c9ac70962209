using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Emend.Logic;

/// <summary>
/// Which units a share of traffic covers: a stable hash of (salt, unit), the same in every process and every language. Growing a
/// share only adds units; units fall independently under different salts.
/// </summary>
/// <remarks>
/// h = MurmurHash3_x86_32(utf8(salt + ":" + unit), seed 0); the unit is covered iff h &lt; round(bp / 10,000 x 2^32). The bound
/// is a 64-bit number, so there is no modulo bias, 0 covers nobody and 10,000 covers everybody.
/// </remarks>
public static class Assignment
{
    /// <summary>Whether a share of <paramref name="basisPoints"/> (0 to 10,000) covers the unit.</summary>
    public static bool Covers(int basisPoints, string salt, string unit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(basisPoints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(basisPoints, 10_000);
        return Hash(salt, unit) < Bound(basisPoints);
    }

    /// <summary>Where the unit falls under a salt: uniform over 0 to 2^32 - 1.</summary>
    public static uint Hash(string salt, string unit)
    {
        ArgumentNullException.ThrowIfNull(salt);
        ArgumentNullException.ThrowIfNull(unit);
        var most = Encoding.UTF8.GetMaxByteCount(salt.Length + 1 + unit.Length);
        var rented = most > 512 ? ArrayPool<byte>.Shared.Rent(most) : null;
        var bytes = rented ?? stackalloc byte[512];
        var length = Encoding.UTF8.GetBytes(salt, bytes);
        bytes[length++] = (byte)':';
        length += Encoding.UTF8.GetBytes(unit, bytes[length..]);
        var hash = Murmur3(bytes[..length], seed: 0);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }

    /// <summary>The first hash a share does not cover.</summary>
    public static ulong Bound(int basisPoints) => (ulong)Math.Round(basisPoints / 10_000.0 * 4_294_967_296.0);

    /// <summary>MurmurHash3, 32-bit variant for x86 (Appleby), little-endian on every machine.</summary>
    internal static uint Murmur3(ReadOnlySpan<byte> bytes, uint seed)
    {
        const uint C1 = 0xCC9E2D51, C2 = 0x1B873593;
        var hash = seed;
        var rest = bytes;
        while (rest.Length >= 4)
        {
            hash ^= BitOperations.RotateLeft(BinaryPrimitives.ReadUInt32LittleEndian(rest) * C1, 15) * C2;
            hash = BitOperations.RotateLeft(hash, 13) * 5 + 0xE6546B64;
            rest = rest[4..];
        }
        var tail = 0u;
        for (var i = rest.Length - 1; i >= 0; i--) tail = tail << 8 | rest[i];
        if (rest.Length > 0) hash ^= BitOperations.RotateLeft(tail * C1, 15) * C2;
        hash ^= (uint)bytes.Length;
        hash = (hash ^ hash >> 16) * 0x85EBCA6B;
        hash = (hash ^ hash >> 13) * 0xC2B2AE35;
        return hash ^ hash >> 16;
    }
}
