using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Privacy;

namespace Emend.Engine.Journal;

/// <summary>Keys of one entry, derived when first needed: the workspace's, and the subject's of the record at hand.</summary>
/// <remarks>One per thread: the native cipher is not safe to share.</remarks>
internal sealed class EntryKeys(Guid workspaceId, Guid entryId, DataKey workspaceKey) : IDisposable
{
    /// <summary>Bytes of an authentication tag.</summary>
    public const int TagSize = 16;

    private readonly Derived _workspace = new(workspaceKey, entryId);
    private Derived? _subject;

    /// <summary>Salts fields of class C0 and C1, which stay provable after a subject's erasure.</summary>
    public ReadOnlySpan<byte> Open => _workspace.EntryKey;

    /// <summary>Salts fields of class C2 and above of a record under this key.</summary>
    public ReadOnlySpan<byte> Closed(DataKey key) => Of(key).EntryKey;

    /// <summary>Encrypts a record's closed values. The nonce is the record's ordinal: the cipher key is used in one entry only, so no nonce comes twice.</summary>
    public void Encrypt(DataKey key, int ordinal, string id, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[12];
        BinaryPrimitives.WriteInt32BigEndian(nonce[8..], ordinal);
        Of(key).Cipher.Encrypt(nonce, plain, cipher, tag, Bound(key.Token, ordinal, id));
    }

    /// <summary>Decrypts what <see cref="Encrypt"/> made.</summary>
    /// <exception cref="JournalFormatException">The bytes were altered or belong to another record.</exception>
    public void Decrypt(DataKey key, int ordinal, string id, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, Span<byte> plain)
    {
        Span<byte> nonce = stackalloc byte[12];
        BinaryPrimitives.WriteInt32BigEndian(nonce[8..], ordinal);
        try
        {
            Of(key).Cipher.Decrypt(nonce, cipher, tag, plain, Bound(key.Token, ordinal, id));
        }
        catch (CryptographicException fault)
        {
            throw new JournalFormatException($"the protected fields of record '{id}' do not decrypt: their bytes were altered or moved", fault);
        }
    }

    public void Dispose()
    {
        _workspace.Dispose();
        _subject?.Dispose();
    }

    private Derived Of(DataKey key)
    {
        if (key.Token == Guid.Empty) return _workspace;
        if (_subject is { } same && same.Token == key.Token) return same;
        _subject?.Dispose();
        return _subject = new(key, entryId);
    }

    private byte[] Bound(Guid token, int ordinal, string id)
    {
        const int prefix = 12 + 16 + 16 + 4 + 16;
        var bound = new byte[prefix + Encoding.UTF8.GetByteCount(id)];
        "emend/aad/v1"u8.CopyTo(bound);
        workspaceId.TryWriteBytes(bound.AsSpan(12), bigEndian: true, out _);
        entryId.TryWriteBytes(bound.AsSpan(28), bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(bound.AsSpan(44), ordinal);
        token.TryWriteBytes(bound.AsSpan(48), bigEndian: true, out _);
        Encoding.UTF8.GetBytes(id, bound.AsSpan(prefix));
        return bound;
    }

    private sealed class Derived : IDisposable
    {
        private AesGcm? _cipher;

        public Derived(DataKey key, Guid entryId)
        {
            Token = key.Token;
            FieldCommitment.EntryKey(key.Secret, entryId, EntryKey);
        }

        public Guid Token { get; }

        public byte[] EntryKey { get; } = new byte[32];

        public AesGcm Cipher
        {
            get
            {
                if (_cipher is { } made) return made;
                Span<byte> key = stackalloc byte[32];
                FieldCommitment.CipherKey(EntryKey, key);
                return _cipher = new AesGcm(key, TagSize);
            }
        }

        public void Dispose()
        {
            _cipher?.Dispose();
            CryptographicOperations.ZeroMemory(EntryKey);
        }
    }
}
