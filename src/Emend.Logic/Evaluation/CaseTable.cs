using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Emend.Logic.Evaluation;

/// <summary>The fingerprints that cases are compared with under one salt. Looking a case up allocates nothing; most cases are told apart by their tag alone.</summary>
internal sealed class CaseTable
{
    private const int StackBytes = 1024;

    private readonly string _salt;
    private readonly ulong[] _tags = new ulong[(ushort.MaxValue + 1) / 64];
    private readonly Dictionary<(ushort Tag, UInt128 Digest), int> _symbols = [];

    /// <param name="salt">The salt.</param>
    /// <param name="fingerprints">Fingerprints; the symbol of each is its position plus one. What is no fingerprint equals no case.</param>
    public CaseTable(string salt, IEnumerable<string> fingerprints)
    {
        _salt = salt;
        var symbol = 0;
        foreach (var text in fingerprints)
        {
            symbol++;
            if (!CaseFingerprint.TryParse(text, out var tag, out var digest)) continue;
            _tags[tag >> 6] |= 1UL << tag;
            _symbols[(tag, digest)] = symbol;
        }
    }

    /// <summary>The symbol of a case; 0 when it is none of ours.</summary>
    [SkipLocalsInit]
    public int Find(Context context, AgentAction proposed)
    {
        var size = CaseFingerprint.Bound(context, proposed) + CaseFingerprint.Bound(_salt);
        byte[]? rented = null;
        var bytes = size <= StackBytes ? stackalloc byte[StackBytes] : rented = ArrayPool<byte>.Shared.Rent(size);
        var length = CaseFingerprint.Write(context, proposed, bytes);
        length += CaseFingerprint.WriteSalt(_salt, bytes[length..]);
        var symbol = Find(bytes[..length]);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        return symbol;
    }

    private int Find(ReadOnlySpan<byte> bytes)
    {
        var tag = CaseFingerprint.Tag(bytes);
        if ((_tags[tag >> 6] & (1UL << tag)) == 0) return 0;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return _symbols.GetValueOrDefault((tag, BinaryPrimitives.ReadUInt128BigEndian(hash)));
    }
}
