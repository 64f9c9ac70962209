using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Privacy;
using Emend.Engine.Storage;

namespace Emend.Engine.Journal;

/// <summary>Public key of a journal: a C2SP verifier key, <c>name+hash+base64(0x02 || SPKI)</c>.</summary>
internal sealed class VerifierKey : IDisposable
{
    private const byte EcdsaType = 2;
    private readonly ECDsa _key;

    private VerifierKey(string name, byte[] spki)
    {
        (Name, Spki) = (name, spki);
        Id = SHA256.HashData(spki)[..4];
        _key = ECDsa.Create();
        _key.ImportSubjectPublicKeyInfo(spki, out _);
    }

    /// <summary>Name in the signature line.</summary>
    public string Name { get; }

    /// <summary>First four bytes of SHA-256 over the public key.</summary>
    public byte[] Id { get; }

    private byte[] Spki { get; }

    /// <summary>From a public key.</summary>
    public static VerifierKey Of(string name, byte[] spki) => new(name, spki);

    /// <summary>Reads a verifier key.</summary>
    /// <exception cref="JournalFormatException">It is none, or of another kind than ECDSA.</exception>
    public static VerifierKey Parse(string text)
    {
        var parts = text.Trim().Split('+', 3);
        if (parts is not [{ Length: > 0 } name, { Length: 8 } hash, var encoded]) throw new JournalFormatException("a verifier key reads name+hash+key");
        var key = Base64.Read(encoded);
        if (key is not [EcdsaType, .. var spki]) throw new JournalFormatException("the verifier key is not an ECDSA key");
        try
        {
            var read = new VerifierKey(name, spki);
            if (Convert.ToHexStringLower(read.Id) == hash) return read;
            read.Dispose();
        }
        catch (CryptographicException fault)
        {
            throw new JournalFormatException("the verifier key holds no public key", fault);
        }
        throw new JournalFormatException("the verifier key does not match its hash");
    }

    /// <summary>Whether a signature over a text is this key's.</summary>
    public bool IsSigned(string text, ReadOnlySpan<byte> signature) =>
        _key.VerifyData(Encoding.UTF8.GetBytes(text), signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}+{Convert.ToHexStringLower(Id)}+{Convert.ToBase64String([EcdsaType, .. Spki])}";

    public void Dispose() => _key.Dispose();
}

/// <summary>Private key that signs a journal's checkpoints: ECDSA P-256, a PEM file that only its owner may read.</summary>
internal sealed class SigningKey : IDisposable
{
    private readonly ECDsa _key;

    private SigningKey(string name, ECDsa key)
    {
        _key = key;
        Verifier = VerifierKey.Of(name, key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Its public half.</summary>
    public VerifierKey Verifier { get; }

    /// <summary>Reads the key file; creates it on first use.</summary>
    /// <exception cref="StorageException">It is missing although the journal was signed before, or readable by others, or damaged.</exception>
    public static SigningKey Open(string path, string name, bool mayCreate)
    {
        var key = ECDsa.Create();
        try
        {
            if (PrivateFile.Read(path) is { } pem)
            {
                key.ImportFromPem(Encoding.ASCII.GetString(pem));
                CryptographicOperations.ZeroMemory(pem);
            }
            else if (mayCreate)
            {
                key.GenerateKey(ECCurve.NamedCurves.nistP256);
                PrivateFile.Create(path, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
            }
            else
            {
                throw new StorageException($"the signing key {path} is missing although checkpoints were signed with it: restore it from your backup of keys/");
            }
            return new(name, key);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new StorageException($"the signing key {path} is damaged: restore it from your backup of keys/", fault);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>A signed note: the text, a blank line, one signature line.</summary>
    public string Sign(string text)
    {
        var signature = _key.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return $"{text}\n\u2014 {Verifier.Name} {Convert.ToBase64String([.. Verifier.Id, .. signature])}\n";
    }

    public void Dispose()
    {
        Verifier.Dispose();
        _key.Dispose();
    }
}

/// <summary>Reads signed notes (C2SP signed-note).</summary>
internal static class SignedNote
{
    private const int MaxSize = 1 << 20, MaxSignatures = 16;

    /// <summary>The text of a note, once a signature of <paramref name="key"/> holds. Signatures of unknown keys are passed over.</summary>
    /// <exception cref="JournalFormatException">It is no note, the key has not signed it, or its signature is wrong.</exception>
    public static string Verified(string note, VerifierKey key)
    {
        if (note.Length > MaxSize) throw new JournalFormatException("the note is too large");
        foreach (var c in note)
        {
            if (c < ' ' && c != '\n') throw new JournalFormatException("the note holds control characters");
        }
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || !note.EndsWith('\n')) throw new JournalFormatException("the note has no signatures");
        var text = note[..(split + 1)];
        var lines = note[(split + 2)..^1].Split('\n');
        if (lines.Length > MaxSignatures) throw new JournalFormatException($"the note has {lines.Length} signatures, more than {MaxSignatures}");
        var isSigned = false;
        foreach (var line in lines)
        {
            if (line.Split(' ') is not ["\u2014", { Length: > 0 } name, var encoded]) throw new JournalFormatException($"'{line}' is not a signature line");
            var bytes = Base64.Read(encoded);
            if (bytes.Length < 5) throw new JournalFormatException("a signature is cut short");
            if (name != key.Name || !bytes.AsSpan(0, 4).SequenceEqual(key.Id)) continue;
            if (!key.IsSigned(text, bytes.AsSpan(4))) throw new JournalFormatException($"the signature of {key.Name} is wrong");
            isSigned = true;
        }
        return isSigned ? text : throw new JournalFormatException($"{key.Name} has not signed this note");
    }
}
