using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Emend.Engine.Messaging;

/// <summary>When a message is tried again: 5 s, tripling up to 6 h, each shortened by up to half.</summary>
/// <remarks>
/// The shortening spreads messages that failed together. It is a hash of message and attempt instead of chance: the same
/// on every machine and after every restart.
/// </remarks>
internal static class RetrySchedule
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(5), Longest = TimeSpan.FromHours(6);

    /// <summary>Time until the next attempt.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="attempts">Attempts made, at least 1.</param>
    public static TimeSpan After(long delivery, int attempts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempts, 1);
        var full = Math.Min(Longest.TotalSeconds, First.TotalSeconds * Math.Pow(3, Math.Min(attempts - 1, 30)));
        return TimeSpan.FromSeconds(full * (1 - 0.5 * Spread(delivery, attempts)));
    }

    private static double Spread(long delivery, int attempts)
    {
        Span<byte> input = stackalloc byte[12];
        BinaryPrimitives.WriteInt64BigEndian(input, delivery);
        BinaryPrimitives.WriteInt32BigEndian(input[8..], attempts);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(input, hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash) / (double)uint.MaxValue;
    }
}
