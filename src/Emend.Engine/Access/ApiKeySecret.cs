using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Privacy;

namespace Emend.Engine.Access;

/// <summary>The text form of keys and the hash that is kept of them.</summary>
/// <remarks>
/// A secret has 256 random bits, so a fast keyed hash is enough: nothing can be guessed, and a slow one would let anybody keep the
/// processor busy. The pepper lies beside the database, so that a copy of the database alone does not even confirm a guess.
/// </remarks>
internal sealed class ApiKeySecret : IDisposable
{
    /// <summary>What every key begins with; secret scanners look for it.</summary>
    public const string Prefix = "emk_";

    private const int IdLength = 12, SecretBytes = 32, SecretLength = 43;
    private const string IdAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    private static readonly string Unproven = new(' ', SecretLength);
    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(IdAlphabet);

    private readonly byte[] _pepper;
    private readonly byte[] _nobody = RandomNumberGenerator.GetBytes(32);

    private ApiKeySecret(byte[] pepper) => _pepper = pepper;

    /// <summary>Reads the pepper, making it on first use.</summary>
    /// <exception cref="Storage.StorageException">Others may read it, or it is missing although there are keys.</exception>
    public static ApiKeySecret Open(string path, bool mayCreate)
    {
        if (PrivateFile.Read(path) is { } known) return new(Checked(known, path));
        if (!mayCreate) throw new Storage.StorageException($"the file {path} is missing: without it no API key can be checked. Restore it from your backup of keys/, or delete access.db beside it and issue new keys.");
        try
        {
            PrivateFile.Create(path, RandomNumberGenerator.GetBytes(SecretBytes));
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first: its pepper counts.
        }
        return new(Checked(PrivateFile.Read(path)!, path));
    }

    /// <summary>A new id and secret, and the hash to keep.</summary>
    public (string Id, string Text, byte[] Hash) New()
    {
        Span<byte> secret = stackalloc byte[SecretBytes];
        RandomNumberGenerator.Fill(secret);
        var id = RandomNumberGenerator.GetString(IdAlphabet, IdLength);
        var text = Base64Url.EncodeToString(secret);
        return (id, $"{Prefix}{id}_{text}", HashOf(text));
    }

    /// <summary>Splits what a client sent; false when it cannot be a key.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out string id, out ReadOnlySpan<char> secret)
    {
        id = "";
        secret = default;
        if (text.Length != Prefix.Length + IdLength + 1 + SecretLength || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length + IdLength] != '_') return false;
        var shown = text.Slice(Prefix.Length, IdLength);
        if (shown.ContainsAnyExcept(IdCharacters)) return false;
        id = shown.ToString();
        secret = text[(Prefix.Length + IdLength + 1)..];
        return true;
    }

    /// <summary>Whether a secret is the one of a key. Takes as long for no key as for a wrong secret.</summary>
    public bool Fits(ReadOnlySpan<char> secret, ApiKey? key)
    {
        var fits = CryptographicOperations.FixedTimeEquals(HashOf(secret), key?.Hash ?? _nobody);
        return fits && key is not null;
    }

    /// <summary>Whether a secret is the one that fitted before. Takes as long when none did.</summary>
    public static bool IsProven(ReadOnlySpan<char> secret, string? proven) =>
        CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(secret), MemoryMarshal.AsBytes((proven ?? Unproven).AsSpan())) && proven is not null;

    public void Dispose() => CryptographicOperations.ZeroMemory(_pepper);

    private byte[] HashOf(ReadOnlySpan<char> secret)
    {
        Span<byte> utf8 = stackalloc byte[4 * SecretLength];
        return HMACSHA256.HashData(_pepper, utf8[..Encoding.UTF8.GetBytes(secret, utf8)]);
    }

    private static byte[] Checked(byte[] pepper, string path) => pepper.Length == SecretBytes
        ? pepper
        : throw new Storage.StorageException($"the file {path} holds {pepper.Length} bytes instead of {SecretBytes}: restore it from your backup of keys/.");
}
