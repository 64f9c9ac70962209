using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Emend.Logic;

/// <summary>
/// Who falls into which release arm: a stable hash of salt and unit, the same in every process and language. Growing a share never
/// moves a unit that is in it already.
/// </summary>
/// <remarks>MurmurHash3 (Austin Appleby, public domain), x86 32-bit variant, seed 0, over UTF-8 of <c>salt:unit</c>.</remarks>
public static class Assignment
{
    /// <summary>Everybody, in basis points (1 bp = 0.01 %).</summary>
    public const int AllBasisPoints = 10_000;

    /// <summary>Place of a unit on the ring from 0 to 2^32 - 1.</summary>
    /// <param name="salt">Names the question asked (ramp, arm split, holdout): different salts give independent answers.</param>
    /// <param name="unitId">Who is assigned: session, customer or agent run, never the single decision.</param>
    public static uint Bucket(string salt, string unitId)
    {
        ArgumentNullException.ThrowIfNull(salt);
        ArgumentNullException.ThrowIfNull(unitId);
        return Bucket(salt.AsSpan(), unitId.AsSpan());
    }

    /// <inheritdoc cref="Bucket(string, string)"/>
    public static uint Bucket(ReadOnlySpan<char> salt, ReadOnlySpan<char> unitId)
    {
        var most = Encoding.UTF8.GetMaxByteCount(salt.Length + unitId.Length + 1);
        var rented = most > 512 ? ArrayPool<byte>.Shared.Rent(most) : null;
        var bytes = rented ?? stackalloc byte[512];
        var length = Encoding.UTF8.GetBytes(salt, bytes);
        bytes[length++] = (byte)':';
        length += Encoding.UTF8.GetBytes(unitId, bytes[length..]);
        var hash = Hash(bytes[..length]);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }

    /// <summary>Whether a unit is among the given share of all units.</summary>
    /// <param name="salt">Names the question asked.</param>
    /// <param name="unitId">Who is assigned.</param>
    /// <param name="basisPoints">Share in basis points, 0 (nobody) to 10,000 (everybody).</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is below 0 or above 10,000.</exception>
    public static bool IsIn(string salt, string unitId, int basisPoints) => Bucket(salt, unitId) < Threshold(basisPoints);

    /// <summary>First place on the ring that is outside a share: round(bp / 10,000 × 2^32), halves up. 64 bits, since everybody is 2^32.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The share is below 0 or above 10,000.</exception>
    public static ulong Threshold(int basisPoints)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(basisPoints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(basisPoints, AllBasisPoints);
        return (((ulong)basisPoints << 32) + (AllBasisPoints / 2)) / AllBasisPoints;
    }

    /// <summary>MurmurHash3_x86_32 with seed 0.</summary>
    internal static uint Hash(ReadOnlySpan<byte> data, uint seed = 0)
    {
        var hash = seed;
        var rest = data;
        for (; rest.Length >= 4; rest = rest[4..])
        {
            hash ^= Scramble(BinaryPrimitives.ReadUInt32LittleEndian(rest));
            hash = (BitOperations.RotateLeft(hash, 13) * 5) + 0xe6546b64;
        }
        uint tail = 0;
        for (var i = rest.Length - 1; i >= 0; i--) tail = (tail << 8) | rest[i];
        hash ^= Scramble(tail); // of zero: zero
        hash ^= (uint)data.Length;
        hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
        return hash ^ (hash >> 16);
    }

    private static uint Scramble(uint block) => BitOperations.RotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
}
