using System.Security.Cryptography;
using System.Text;

namespace Emend.Engine.Privacy;

/// <summary>Wraps a secret and the name it belongs to: AES-256-GCM, <c>nonce(12) | tag(16) | ciphertext of secret length(1), secret, name</c>.</summary>
internal sealed class KeyWrap(byte[] key, Guid workspace) : IDisposable
{
    private const int NonceSize = 12, TagSize = 16;
    // AesGcm keeps one native context and is not safe to share between threads.
    private readonly Lock _gate = new();
    private readonly AesGcm _aes = new(key, TagSize);

    /// <summary>Wraps; <paramref name="purpose"/> and <paramref name="token"/> are bound, so that wrapped values cannot be swapped.</summary>
    public byte[] Wrap(string purpose, Guid token, ReadOnlySpan<byte> secret, string? name)
    {
        var nameBytes = name is null ? [] : Encoding.UTF8.GetBytes(name);
        var plain = new byte[1 + secret.Length + nameBytes.Length];
        plain[0] = (byte)secret.Length;
        secret.CopyTo(plain.AsSpan(1));
        nameBytes.CopyTo(plain.AsSpan(1 + secret.Length));
        var wrapped = new byte[NonceSize + TagSize + plain.Length];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, NonceSize));
        lock (_gate)
            _aes.Encrypt(wrapped.AsSpan(0, NonceSize), plain, wrapped.AsSpan(NonceSize + TagSize), wrapped.AsSpan(NonceSize, TagSize), Bound(purpose, token));
        CryptographicOperations.ZeroMemory(plain);
        return wrapped;
    }

    /// <summary>Unwraps.</summary>
    /// <exception cref="CryptographicException">Altered, swapped, or wrapped under another key.</exception>
    public (byte[] Secret, string Name) Unwrap(string purpose, Guid token, ReadOnlySpan<byte> wrapped)
    {
        if (wrapped.Length < NonceSize + TagSize + 1) throw new CryptographicException($"wrapped {purpose} is cut short");
        var plain = new byte[wrapped.Length - NonceSize - TagSize];
        lock (_gate)
            _aes.Decrypt(wrapped[..NonceSize], wrapped[(NonceSize + TagSize)..], wrapped.Slice(NonceSize, TagSize), plain, Bound(purpose, token));
        var secret = plain[1..(1 + plain[0])];
        var name = Encoding.UTF8.GetString(plain, 1 + plain[0], plain.Length - 1 - plain[0]);
        CryptographicOperations.ZeroMemory(plain);
        return (secret, name);
    }

    public void Dispose()
    {
        _aes.Dispose();
        CryptographicOperations.ZeroMemory(key);
    }

    private byte[] Bound(string purpose, Guid token)
    {
        var bound = new byte[32 + Encoding.ASCII.GetByteCount(purpose)];
        workspace.TryWriteBytes(bound, bigEndian: true, out _);
        token.TryWriteBytes(bound.AsSpan(16), bigEndian: true, out _);
        Encoding.ASCII.GetBytes(purpose, bound.AsSpan(32));
        return bound;
    }
}
