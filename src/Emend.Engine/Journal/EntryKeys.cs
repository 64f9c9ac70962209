using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Privacy;

namespace Emend.Engine.Journal;

/// <summary>Keys of one entry, derived when first needed: the workspace's, and the subject's of the record at hand.</summary>
/// <remarks>One per thread: the native cipher is not safe to share.</remarks>
internal sealed class EntryKeys : IDisposable
{
    /// <summary>Bytes of an authentication tag.</summary>
    public const int TagSize = 16;

    private readonly Guid _workspaceId, _entryId;
    private readonly Derived _workspace;
    private Derived? _subject;

    public EntryKeys(Guid workspaceId, Guid entryId, DataKey workspaceKey)
    {
        (_workspaceId, _entryId) = (workspaceId, entryId);
        var entryKey = new byte[32];
        FieldCommitment.EntryKey(workspaceKey.Secret, entryId, entryKey);
        _workspace = new(Guid.Empty, entryKey, null);
    }

    /// <summary>With the workspace's entry key already derived.</summary>
    public EntryKeys(Guid workspaceId, Guid entryId, ReadOnlySpan<byte> workspaceEntryKey)
    {
        (_workspaceId, _entryId) = (workspaceId, entryId);
        _workspace = new(Guid.Empty, workspaceEntryKey.ToArray(), null);
    }

    /// <summary>Takes keys of the record at hand that were derived together with others.</summary>
    public void Use(Guid token, ReadOnlySpan<byte> entryKey, ReadOnlySpan<byte> cipherKey)
    {
        if (token == Guid.Empty || _subject?.Token == token) return;
        _subject?.Dispose();
        _subject = new(token, entryKey.ToArray(), cipherKey.ToArray());
    }

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
        var entryKey = new byte[32];
        FieldCommitment.EntryKey(key.Secret, _entryId, entryKey);
        return _subject = new(key.Token, entryKey, null);
    }

    private byte[] Bound(Guid token, int ordinal, string id)
    {
        const int prefix = 12 + 16 + 16 + 4 + 16;
        var bound = new byte[prefix + Encoding.UTF8.GetByteCount(id)];
        "emend/aad/v1"u8.CopyTo(bound);
        _workspaceId.TryWriteBytes(bound.AsSpan(12), bigEndian: true, out _);
        _entryId.TryWriteBytes(bound.AsSpan(28), bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(bound.AsSpan(44), ordinal);
        token.TryWriteBytes(bound.AsSpan(48), bigEndian: true, out _);
        Encoding.UTF8.GetBytes(id, bound.AsSpan(prefix));
        return bound;
    }

    private sealed class Derived(Guid token, byte[] entryKey, byte[]? cipherKey) : IDisposable
    {
        private byte[]? _cipherKey = cipherKey;
        private AesGcm? _cipher;

        public Guid Token => token;

        public byte[] EntryKey => entryKey;

        public AesGcm Cipher
        {
            get
            {
                if (_cipher is { } made) return made;
                if (_cipherKey is null) FieldCommitment.CipherKey(entryKey, _cipherKey = new byte[32]);
                return _cipher = new AesGcm(_cipherKey, TagSize);
            }
        }

        public void Dispose()
        {
            _cipher?.Dispose();
            CryptographicOperations.ZeroMemory(entryKey);
            CryptographicOperations.ZeroMemory(_cipherKey);
        }
    }
}
