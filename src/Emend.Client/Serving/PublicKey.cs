using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Emend.Client.Serving;

/// <summary>A pinned public key: a C2SP verifier key, <c>name+hash+base64(0x02 || SPKI)</c>, ECDSA P-256.</summary>
internal sealed class PublicKey
{
    private const byte EcdsaType = 2;
    private const int MaxNote = 1 << 20, MaxSignatures = 16;

    private readonly byte[] _id;
    private readonly ECDsa _key; // public: nothing to wipe, and it lives as long as the client
    private readonly Lock _lock = new();

    private PublicKey(string name, byte[] spki, ECDsa key) => (Name, _key, _id) = (name, key, SHA256.HashData(spki)[..4]);

    /// <summary>Name in the signature line.</summary>
    public string Name { get; }

    /// <summary>Reads one.</summary>
    /// <exception cref="VerificationException">It is none.</exception>
    public static PublicKey Parse(string text)
    {
        if (text.Trim().Split('+', 3) is not [{ Length: > 0 } name, { Length: 8 } hash, var encoded]) throw new VerificationException("key.malformed", "a verifier key reads name+hash+key");
        if (Proof.Bytes(encoded) is not [EcdsaType, .. var spki]) throw new VerificationException("key.malformed", $"the key of {name} is not an ECDSA key");
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(spki, out _);
        }
        catch (CryptographicException fault)
        {
            key.Dispose();
            throw new VerificationException("key.malformed", $"the key of {name} holds no public key", fault);
        }
        var read = new PublicKey(name, spki, key);
        return Convert.ToHexStringLower(read._id) == hash ? read : throw new VerificationException("key.malformed", $"the key of {name} does not match its hash: it was mistyped or cut");
    }

    /// <summary>What is wrong with a verifier key; null when nothing is.</summary>
    public static string? ProblemOf(string text)
    {
        try
        {
            Parse(text);
            return null;
        }
        catch (VerificationException why)
        {
            return why.Message;
        }
    }

    /// <summary>The text of a signed note (C2SP signed-note), once a pinned key's signature on it holds. Signatures of keys that are not pinned are passed over.</summary>
    /// <exception cref="VerificationException">It is no note, none of the keys signed it, or a signature of one is wrong.</exception>
    public static (string Text, PublicKey By) Open(string note, IReadOnlyList<PublicKey> pinned, string code)
    {
        if (note.Length > MaxNote) throw new VerificationException(code, "it is too large");
        if (note.AsSpan().IndexOfAnyInRange('\0', '\t') >= 0 || note.AsSpan().IndexOfAnyInRange('\v', '\x1f') >= 0) throw new VerificationException(code, "it holds control characters");
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || !note.EndsWith('\n')) throw new VerificationException(code, "it carries no signature");
        var text = note[..(split + 1)];
        var lines = note[(split + 2)..^1].Split('\n');
        if (lines.Length > MaxSignatures) throw new VerificationException(code, string.Create(CultureInfo.InvariantCulture, $"it carries {lines.Length} signatures, more than {MaxSignatures}"));
        PublicKey? by = null;
        foreach (var line in lines)
        {
            if (line.Split(' ') is not ["\u2014", { Length: > 0 } name, var encoded]) throw new VerificationException(code, "a signature line is malformed");
            var bytes = Proof.Bytes(encoded);
            if (bytes.Length < 5) throw new VerificationException(code, "a signature is cut short");
            foreach (var key in pinned)
            {
                if (name != key.Name || !bytes.AsSpan(0, 4).SequenceEqual(key._id)) continue;
                if (!key.HasSigned(text, bytes.AsSpan(4))) throw new VerificationException(code, $"the signature of {key.Name} is wrong");
                by = key;
            }
        }
        return by is null ? throw new VerificationException(code, "no pinned key has signed it") : (text, by);
    }

    private bool HasSigned(string text, ReadOnlySpan<byte> signature)
    {
        lock (_lock) return _key.VerifyData(Encoding.UTF8.GetBytes(text), signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }
}

/// <summary>Something from the server was not what it should be, and is not used.</summary>
internal sealed class VerificationException : Exception
{
    /// <summary>With a stable code (docs/guide/sdk.md lists them) and what is wrong.</summary>
    public VerificationException(string code, string message, Exception? cause = null) : base(message, cause) => Code = code;

    /// <summary>For serializers.</summary>
    public VerificationException() => Code = "";

    /// <summary>For serializers.</summary>
    public VerificationException(string message) : base(message) => Code = "";

    /// <summary>For serializers.</summary>
    public VerificationException(string message, Exception cause) : base(message, cause) => Code = "";

    /// <summary>Stable code, e.g. <c>manifest.signature</c>.</summary>
    public string Code { get; }
}
