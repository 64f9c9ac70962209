using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Emend.Engine.Journal;

/// <summary>Salted commitments to fields: they prove a value to whom the salt is shown, and say nothing to anybody else. Spec: docs/spec/journal-format.md, section 4.</summary>
internal static class FieldCommitment
{
    /// <summary>Label of an entry key.</summary>
    public static ReadOnlySpan<byte> EntryKeyLabel => "emend/ek/v1"u8;
    /// <summary>Label of a cipher key.</summary>
    public static ReadOnlySpan<byte> CipherKeyLabel => "emend/enc/v1"u8;
    private static ReadOnlySpan<byte> SaltLabel => "emend/salt/v1"u8;
    private static ReadOnlySpan<byte> FieldLabel => "emend/fc/v1"u8;

    /// <summary>Key of one entry under a subject's or the workspace's key.</summary>
    public static void EntryKey(ReadOnlySpan<byte> dataKey, Guid entryId, Span<byte> to)
    {
        Span<byte> input = stackalloc byte[EntryKeyLabel.Length + 16];
        EntryKeyLabel.CopyTo(input);
        entryId.TryWriteBytes(input[EntryKeyLabel.Length..], bigEndian: true, out _);
        HMACSHA256.HashData(dataKey, input, to);
    }

    /// <summary>Key that encrypts; apart from the one that salts, so that a shown salt says nothing about the cipher.</summary>
    public static void CipherKey(ReadOnlySpan<byte> entryKey, Span<byte> to) => HMACSHA256.HashData(entryKey, CipherKeyLabel, to);

    /// <summary>Salt of a field: a function of the entry's key, the record's ordinal and the path, hence not stored, and gone with the key.</summary>
    public static void Salt(ReadOnlySpan<byte> entryKey, int ordinal, ReadOnlySpan<byte> path, Span<byte> to)
    {
        var size = SaltMessageSize(path);
        Span<byte> input = size <= 256 ? stackalloc byte[size] : new byte[size];
        WriteSaltMessage(ordinal, path, input);
        HMACSHA256.HashData(entryKey, input, to);
    }

    /// <summary>Commitment to a field.</summary>
    public static void Commit(ReadOnlySpan<byte> salt, FieldClass @class, ReadOnlySpan<byte> path, ReadOnlySpan<byte> value, Span<byte> to)
    {
        var size = FieldMessageSize(path, value);
        Span<byte> input = size <= 512 ? stackalloc byte[size] : new byte[size];
        WriteFieldMessage(@class, path, value, input);
        HMACSHA256.HashData(salt, input, to);
    }

    /// <summary>Bytes of what a salt is computed over.</summary>
    public static int SaltMessageSize(ReadOnlySpan<byte> path) => SaltLabel.Length + 4 + path.Length;

    /// <summary>What a salt is computed over: <c>"emend/salt/v1" || ordinal(4) || path</c>.</summary>
    public static void WriteSaltMessage(int ordinal, ReadOnlySpan<byte> path, Span<byte> to)
    {
        SaltLabel.CopyTo(to);
        BinaryPrimitives.WriteInt32BigEndian(to[SaltLabel.Length..], ordinal);
        path.CopyTo(to[(SaltLabel.Length + 4)..]);
    }

    /// <summary>Bytes of what a commitment is computed over.</summary>
    public static int FieldMessageSize(ReadOnlySpan<byte> path, ReadOnlySpan<byte> value) => FieldLabel.Length + 3 + path.Length + value.Length;

    /// <summary>What a commitment is computed over: <c>"emend/fc/v1" || class(1) || path length(2) || path || value</c>.</summary>
    public static void WriteFieldMessage(FieldClass @class, ReadOnlySpan<byte> path, ReadOnlySpan<byte> value, Span<byte> to)
    {
        FieldLabel.CopyTo(to);
        to[FieldLabel.Length] = (byte)@class;
        BinaryPrimitives.WriteUInt16BigEndian(to[(FieldLabel.Length + 1)..], checked((ushort)path.Length));
        path.CopyTo(to[(FieldLabel.Length + 3)..]);
        value.CopyTo(to[(FieldLabel.Length + 3 + path.Length)..]);
    }

    /// <summary>Value of a record's first commitment, whose path is empty: the key's token and the record's id.</summary>
    public static byte[] Identity(Guid token, string id)
    {
        var bytes = new byte[16 + Encoding.UTF8.GetByteCount(id)];
        token.TryWriteBytes(bytes, bigEndian: true, out _);
        Encoding.UTF8.GetBytes(id, bytes.AsSpan(16));
        return bytes;
    }

    // First byte 0x00: a leaf in the sense of RFC 6962, never mistaken for a node.
    /// <summary>What stands before the closed commitments when they are hashed.</summary>
    public static ReadOnlySpan<byte> ClosedLabel => "\0emend/closed/v1"u8;

    /// <summary>What stands before the closed digest and the open commitments when they are hashed.</summary>
    public static ReadOnlySpan<byte> RecordLabel => "\0emend/record/v1"u8;

    /// <summary>Digest of the commitments to a record's closed fields (class C2 and above), in order of their paths.</summary>
    public static void Closed(ReadOnlySpan<byte> commitments, Span<byte> to) => Digest(ClosedLabel, [], commitments, to);

    /// <summary>Leaf of a record in its batch: over the closed digest and the open commitments.</summary>
    public static void Record(ReadOnlySpan<byte> closed, ReadOnlySpan<byte> openCommitments, Span<byte> to) => Digest(RecordLabel, closed, openCommitments, to);

    private static void Digest(ReadOnlySpan<byte> label, ReadOnlySpan<byte> first, ReadOnlySpan<byte> rest, Span<byte> to)
    {
        var size = label.Length + first.Length + rest.Length;
        Span<byte> input = size <= 1024 ? stackalloc byte[size] : new byte[size];
        label.CopyTo(input);
        first.CopyTo(input[label.Length..]);
        rest.CopyTo(input[(label.Length + first.Length)..]);
        SHA256.HashData(input, to);
    }
}
