using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Emend.Client.Serving;

/// <summary>What a journal receipt proves.</summary>
/// <param name="Origin">The journal.</param>
/// <param name="Type">Type of the entry.</param>
/// <param name="Fields">Fields shown: path and canonical JSON.</param>
internal sealed record ProvenEntry(string Origin, string Type, IReadOnlyDictionary<string, string> Fields);

/// <summary>
/// Verifies journal receipts (docs/spec/journal-format.md, section 8) with the journal's public key alone. Written apart from the
/// engine that issues them: two readers of one specification find each other's mistakes.
/// </summary>
internal static class Proof
{
    private const int HashSize = 32, MaxReceipt = 256 * 1024;
    private const string Malformed = "approval.malformed";

    /// <summary>Verifies one.</summary>
    /// <exception cref="VerificationException">It proves nothing; says why.</exception>
    public static ProvenEntry Verify(string receipt, IReadOnlyList<PublicKey> journals)
    {
        if (receipt.Length > MaxReceipt) throw new VerificationException(Malformed, "the receipt is too large");
        var lines = new Lines(receipt);
        lines.Expect("emend/receipt/v1");
        var head = Bytes(lines.Value("entry"));
        var position = lines.Number("record");
        lines.Value("key");
        lines.Value("salt");
        lines.Value("id");
        var open = lines.Hashes("open");
        var closed = lines.Hashes("closed");
        byte[] closedDigest;
        if (lines.Optional("closed-digest") is not { } digest) closedDigest = Digest("\0emend/closed/v1"u8, [], closed);
        else if (closed.Count == 0) closedDigest = Hash(digest);
        else throw new VerificationException(Malformed, "the receipt names both the closed commitments and their digest");

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        while (lines.Optional("field") is { } field)
        {
            if (field.Split(' ') is not [[>= '0' and <= '1' and var @class], var path, var salt, var value]) throw new VerificationException(Malformed, "a shown field is malformed, or protected");
            var (name, json) = (Bytes(path), Bytes(value));
            var commitment = Commitment(Hash(salt), (byte)(@class - '0'), name, json);
            if (!open.Exists(one => one.AsSpan().SequenceEqual(commitment))) throw new VerificationException("approval.proof", $"field '{Encoding.UTF8.GetString(name)}' is not what the record committed to");
            fields[Encoding.UTF8.GetString(name)] = Encoding.UTF8.GetString(json);
        }
        var path1 = lines.Hashes("path");
        lines.Expect("");
        lines.Expect("c2sp.org/tlog-proof@v1");
        var index = lines.Number("index");
        var path2 = lines.BareHashes();
        var (checkpoint, _) = PublicKey.Open(lines.Rest(), journals, "approval.checkpoint");

        if (checkpoint.Split('\n') is not [{ Length: > 0 } origin, var size, var root, ""]) throw new VerificationException(Malformed, "a checkpoint has three lines");
        var (type, records, payloadRoot) = Head(head);
        var record = Digest("\0emend/record/v1"u8, closedDigest, open);
        if (!IsIncluded(record, position, records, path1, payloadRoot)) throw new VerificationException("approval.proof", "the record is not part of the entry");
        if (!IsIncluded(SHA256.HashData([0, .. head]), index, Lines.Whole(size), path2, Hash(root))) throw new VerificationException("approval.proof", "the entry is not part of the signed journal");
        return new(origin, type, fields);
    }

    /// <summary>Strict base64: the one form that encodes the bytes.</summary>
    public static byte[] Bytes(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var written) && Convert.ToBase64String(bytes, 0, written) == text
            ? bytes[..written]
            : throw new VerificationException(Malformed, "a value is not base64");
    }

    private static byte[] Hash(string text) => Bytes(text) is { Length: HashSize } hash ? hash : throw new VerificationException(Malformed, "a value is not a hash");

    // The canonical bytes of an entry's head: docs/spec/journal-format.md, section 2.
    private static (string Type, long Records, byte[] PayloadRoot) Head(byte[] bytes)
    {
        try
        {
            var label = "emend/entry/v1"u8;
            if (!bytes.AsSpan().StartsWith(label)) throw new VerificationException(Malformed, "the entry's head is malformed");
            var at = label.Length + 32;
            var type = Encoding.UTF8.GetString(bytes.AsSpan(at + 1, bytes[at]));
            at += 1 + bytes[at] + 2 + 16 + 16;
            at += 1 + bytes[at]; // causation
            at += 1 + bytes[at]; // correlation
            var records = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
            if (bytes.Length != at + 4 + HashSize + 1 || bytes[^1] != 0) throw new VerificationException(Malformed, "the entry's head is malformed");
            return (type, records, bytes[(at + 4)..(at + 4 + HashSize)]);
        }
        catch (Exception cut) when (cut is IndexOutOfRangeException or ArgumentException)
        {
            throw new VerificationException(Malformed, "the entry's head is cut short", cut);
        }
    }

    private static byte[] Commitment(byte[] salt, byte @class, byte[] path, byte[] value) =>
        HMACSHA256.HashData(salt, (byte[])[.. "emend/fc/v1"u8, @class, (byte)(path.Length >> 8), (byte)path.Length, .. path, .. value]);

    private static byte[] Digest(ReadOnlySpan<byte> label, ReadOnlySpan<byte> first, List<byte[]> rest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(label);
        hash.AppendData(first);
        foreach (var one in rest) hash.AppendData(one);
        return hash.GetHashAndReset();
    }

    // RFC 9162, section 2.1.3.2.
    private static bool IsIncluded(ReadOnlySpan<byte> leaf, long index, long size, List<byte[]> path, ReadOnlySpan<byte> root)
    {
        if (index < 0 || index >= size) return false;
        var hash = leaf.ToArray();
        var (node, last) = ((ulong)index, (ulong)size - 1);
        foreach (var sibling in path)
        {
            if (last == 0) return false;
            if ((node & 1) == 1 || node == last)
            {
                hash = SHA256.HashData([1, .. sibling, .. hash]);
                // A node without a right sibling was carried up unchanged: skip those levels.
                var levels = node == 0 ? 64 : BitOperations.TrailingZeroCount(node);
                if ((node & 1) == 0) (node, last) = levels > 63 ? (0UL, 0UL) : (node >> levels, last >> levels);
            }
            else
            {
                hash = SHA256.HashData([1, .. hash, .. sibling]);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        return last == 0 && root.SequenceEqual(hash);
    }

    // Line by line, in the one order a receipt may have.
    private struct Lines(string text)
    {
        private int _at;

        public static long Whole(string digits) =>
            long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && (digits.Length == 1 || digits[0] != '0') ? number : throw new VerificationException(Malformed, "a number is malformed");

        public readonly string Rest() => text[_at..];

        public void Expect(string line)
        {
            if (Peek() != line) throw new VerificationException(Malformed, $"the receipt lacks the line '{line}'");
            Skip();
        }

        public string? Optional(string name)
        {
            var line = Peek();
            if (!line.StartsWith(name, StringComparison.Ordinal) || line.Length <= name.Length || line[name.Length] != ' ') return null;
            Skip();
            return line[(name.Length + 1)..];
        }

        public string Value(string name) => Optional(name) ?? throw new VerificationException(Malformed, $"the receipt lacks '{name}'");

        public long Number(string name) => Whole(Value(name));

        public List<byte[]> Hashes(string name)
        {
            var hashes = new List<byte[]>();
            while (Optional(name) is { } hash) hashes.Add(Hash(hash));
            return hashes;
        }

        public List<byte[]> BareHashes()
        {
            var hashes = new List<byte[]>();
            for (; Peek().Length > 0; Skip()) hashes.Add(Hash(Peek()));
            Skip();
            return hashes;
        }

        private readonly string Peek()
        {
            var end = text.IndexOf('\n', _at);
            return end < 0 ? throw new VerificationException(Malformed, "the receipt is cut short") : text[_at..end];
        }

        private void Skip() => _at = text.IndexOf('\n', _at) + 1;
    }
}
