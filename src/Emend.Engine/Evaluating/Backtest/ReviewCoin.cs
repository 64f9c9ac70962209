using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Emend.Engine.Evaluating.Backtest;

/// <summary>A coin for each decision that depends on the seed and its id only: not on what was right, nor on what was reviewed before.</summary>
internal static class ReviewCoin
{
    /// <summary>A number from 0 up to 1.</summary>
    public static double Toss(int seed, string decisionId)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed}\n{decisionId}")), hash);
        return (BinaryPrimitives.ReadUInt64BigEndian(hash) >> 11) * (1.0 / (1UL << 53));
    }
}
