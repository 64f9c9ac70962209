using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Storage;

namespace Emend.Engine.Privacy;

/// <summary>Keys of subjects and names behind pseudonyms of one workspace.</summary>
/// <remarks>
/// New keys stay in memory until the writer asks for <see cref="Flush"/>, which it does before it commits anything sealed with
/// them: one flush per group of appends, and never an entry on disk whose key is not.
/// </remarks>
internal sealed class KeyStore : IDisposable
{
    private const string SubjectPurpose = "emend/subject-key/v1", PrincipalPurpose = "emend/principal/v1", SecretPurpose = "emend/secret/v1";

    private readonly Lock _gate = new();
    private readonly KeyStoreFile _file;
    private readonly KeyWrap _wrap;
    private readonly TimeProvider _clock;
    private readonly byte[] _lookupKey, _markKey;
    private readonly BoundedCache<string, DataKey> _bySubject;
    private readonly BoundedCache<Guid, DataKey> _byToken;
    private readonly BoundedCache<string, Guid> _principals;
    private readonly BoundedCache<Guid, string> _names;
    private readonly HashSet<Guid> _erased;
    private readonly Dictionary<Guid, DataKey> _newKeys = [];
    private readonly Dictionary<Guid, string> _newPrincipals = [];

    private KeyStore(KeyStoreFile file, KeyWrap wrap, TimeProvider clock, int cached, bool isNew)
    {
        _file = file;
        _wrap = wrap;
        _clock = clock;
        (_bySubject, _byToken, _principals, _names) = (new(cached, StringComparer.Ordinal), new(cached), new(cached, StringComparer.Ordinal), new(cached));
        _lookupKey = SecretNamed("lookup", isNew);
        _markKey = SecretNamed("mark", isNew);
        Workspace = new(Guid.Empty, null, SecretNamed("workspace", isNew));
        LinkKey = HMACSHA256.HashData(Workspace.Secret, "emend/link/v1"u8);
        _erased = file.Erased();
    }

    /// <summary>The workspace's own key: protects records without a subject and salts the fields that are not personal.</summary>
    public DataKey Workspace { get; }

    /// <summary>Key of the links between entries.</summary>
    public byte[] LinkKey { get; }

    /// <summary>Opens the key store of a workspace, creating it and the installation's key file on first use.</summary>
    /// <param name="files">Where it lies.</param>
    /// <param name="workspace">Random id of the workspace.</param>
    /// <param name="isNew">Whether the journal is still empty: only then are missing keys made.</param>
    /// <param name="readOnly">Whether to open for reading only.</param>
    /// <param name="clock">Clock.</param>
    /// <param name="cached">Keys kept in memory at most.</param>
    /// <exception cref="StorageException">Keys are missing, damaged or open to others.</exception>
    public static KeyStore Open(WorkspaceFiles files, Guid workspace, bool isNew, bool readOnly, TimeProvider clock, int cached = 65_536)
    {
        if (!isNew && !File.Exists(files.KeyStore))
            throw new StorageException($"the key store {files.KeyStore} is missing: restore it from your backup of keys/. Without it nothing personal in workspace '{files.Name}' can be read.");
        var wrap = new KeyWrap(KeyEncryptionKey.ForWorkspace(files.KeyEncryptionKey, workspace, mayCreate: isNew), workspace);
        var file = KeyStoreFile.Open(files, readOnly);
        try
        {
            return new KeyStore(file, wrap, clock, cached, isNew);
        }
        catch (CryptographicException fault)
        {
            file.Dispose();
            wrap.Dispose();
            throw new StorageException($"the keys in {files.KeyStore} were not wrapped by {files.KeyEncryptionKey}, or were altered: restore both from the same backup of keys/.", fault);
        }
    }

    /// <summary>Key of a subject, made on first use.</summary>
    public DataKey Of(string subject)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject);
        lock (_gate)
        {
            if (_bySubject.TryGet(subject, out var known)) return known;
            var key = _file.Find(KeyStoreSql.SubjectByLookup, "@lookup", Lookup("s", subject)) is var (token, wrapped)
                ? Unwrapped(token, wrapped)
                : NewKey(subject);
            Remember(key);
            return key;
        }
    }

    /// <summary>Key of a subject if there is one; makes none.</summary>
    public DataKey? Known(string subject)
    {
        lock (_gate)
        {
            if (_bySubject.TryGet(subject, out var known)) return known;
            return _file.Find(KeyStoreSql.SubjectByLookup, "@lookup", Lookup("s", subject)) is var (token, wrapped) ? Unwrapped(token, wrapped) : null;
        }
    }

    /// <summary>Key by its token; null once it is destroyed.</summary>
    public DataKey? ByToken(Guid token)
    {
        if (token == Guid.Empty) return Workspace;
        lock (_gate)
        {
            if (_byToken.TryGet(token, out var known)) return known;
            if (_erased.Contains(token)) return null;
            if (_file.Find(KeyStoreSql.SubjectByToken, "@token", Bytes(token)) is not var (_, wrapped)) return null;
            var key = Unwrapped(token, wrapped);
            Remember(key);
            return key;
        }
    }

    /// <summary>Keys of texts that came before their decisions, with the decisions' ids.</summary>
    public IReadOnlyList<(Guid Token, string Decision)> Early()
    {
        // What is durable first: a key is noted there before it leaves memory.
        lock (_gate)
        {
            var tokens = _file.Early();
            tokens.UnionWith(_newKeys.Keys);
            return [.. tokens.Order().Select(token => (Token: token, Decision: EarlySubject.DecisionOf(ByToken(token)?.Subject))).Where(static key => key.Decision is not null)!];
        }
    }

    /// <summary>Whether this key was destroyed.</summary>
    public bool IsErased(Guid token)
    {
        lock (_gate) return _erased.Contains(token);
    }

    /// <summary>Pseudonym of a person or service, made on first use.</summary>
    public Guid PrincipalOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        lock (_gate)
        {
            if (_principals.TryGet(name, out var known)) return known;
            Guid principal;
            if (_file.Find(KeyStoreSql.PrincipalByLookup, "@lookup", Lookup("p", name)) is var (token, _)) principal = token;
            else _newPrincipals.Add(principal = NewToken(), name);
            _principals.Put(name, principal);
            _names.Put(principal, name);
            return principal;
        }
    }

    /// <summary>Name behind a pseudonym; null once it was erased.</summary>
    public string? NameOf(Guid principal)
    {
        lock (_gate)
        {
            if (_names.TryGet(principal, out var known)) return known;
            if (_newPrincipals.TryGetValue(principal, out var fresh)) return fresh;
            if (_file.Find(KeyStoreSql.PrincipalByToken, "@token", Bytes(principal)) is not var (_, wrapped)) return null;
            var name = _wrap.Unwrap(PrincipalPurpose, principal, wrapped).Name;
            _names.Put(principal, name);
            return name;
        }
    }

    /// <summary>Keyed fingerprint of a value, 16 lower-case hexadecimal digits.</summary>
    public string Mark(string scope, string value)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(value);
        // The scope's length comes first, so that no scope and value read as another pair.
        var text = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{scope.Length}:{scope}{value}"));
        return Convert.ToHexStringLower(HMACSHA256.HashData(_markKey, text).AsSpan(0, 8));
    }

    /// <summary>Makes every key handed out so far durable. Called by the writer before it commits.</summary>
    public void Flush()
    {
        DataKey[] keys;
        KeyValuePair<Guid, string>[] principals;
        lock (_gate)
        {
            if (_newKeys.Count == 0 && _newPrincipals.Count == 0) return;
            keys = [.. _newKeys.Values];
            principals = [.. _newPrincipals];
        }
        _file.Write(write =>
        {
            foreach (var key in keys)
            {
                write(KeyStoreSql.AddSubject, key.Token, Lookup("s", key.Subject!), _wrap.Wrap(SubjectPurpose, key.Token, key.Secret, key.Subject));
                if (EarlySubject.DecisionOf(key.Subject) is not null) write(KeyStoreSql.AddEarly, key.Token, null, null);
            }
            foreach (var (token, name) in principals)
                write(KeyStoreSql.AddPrincipal, token, Lookup("p", name), _wrap.Wrap(PrincipalPurpose, token, [], name));
        });
        lock (_gate)
        {
            foreach (var key in keys) _newKeys.Remove(key.Token);
            foreach (var (token, _) in principals) _newPrincipals.Remove(token);
        }
    }

    /// <summary>Destroys a subject's key for good and enters it in the register of erasures. Safe to repeat.</summary>
    public void Destroy(Guid token)
    {
        // A key that is not durable yet is made so first: then there is one place to destroy it in.
        Flush();
        _file.Erase(token, Microseconds.Of(_clock.GetUtcNow()));
        lock (_gate)
        {
            _erased.Add(token);
            if (_byToken.TryGet(token, out var key))
            {
                _bySubject.Remove(key.Subject!);
                CryptographicOperations.ZeroMemory(key.Secret);
            }
            _byToken.Remove(token);
        }
    }

    /// <summary>A secret kept for somebody else's use (a webhook's), by its name; null when there is none.</summary>
    public byte[]? Secret(string name) => _file.Secret(Foreign(name)) is { } wrapped ? _wrap.Unwrap(SecretPurpose, Guid.Empty, wrapped).Secret : null;

    /// <summary>Keeps a secret of at most 255 bytes under a name, durable when this returns.</summary>
    public void KeepSecret(string name, ReadOnlySpan<byte> secret) => _file.SetSecret(Foreign(name), _wrap.Wrap(SecretPurpose, Guid.Empty, secret, null));

    /// <summary>Forgets a secret.</summary>
    public void ForgetSecret(string name) => _file.RemoveSecret(Foreign(name));

    /// <summary>Last checkpoint that was signed.</summary>
    public (long Size, byte[] Root)? LastSigned() => _file.LastSigned();

    /// <summary>Notes a checkpoint before it is handed out.</summary>
    public void NoteSigned(long size, byte[] root) => _file.NoteSigned(size, root);

    public void Dispose()
    {
        _file.Dispose();
        _wrap.Dispose();
        CryptographicOperations.ZeroMemory(_lookupKey);
        CryptographicOperations.ZeroMemory(_markKey);
        CryptographicOperations.ZeroMemory(LinkKey);
        CryptographicOperations.ZeroMemory(Workspace.Secret);
    }

    private DataKey NewKey(string subject)
    {
        var key = new DataKey(NewToken(), subject, RandomNumberGenerator.GetBytes(32));
        _newKeys.Add(key.Token, key);
        return key;
    }

    // Time-ordered, so that the unique index grows at its end. Says no more than the entries beside it: when.
    private Guid NewToken() => Guid.CreateVersion7(_clock.GetUtcNow());

    private DataKey Unwrapped(Guid token, byte[] wrapped)
    {
        var (secret, name) = _wrap.Unwrap(SubjectPurpose, token, wrapped);
        return new(token, name, secret);
    }

    private void Remember(DataKey key)
    {
        _bySubject.Put(key.Subject!, key);
        _byToken.Put(key.Token, key);
    }

    private byte[] SecretNamed(string name, bool mayCreate)
    {
        if (_file.Secret(name) is { } wrapped) return _wrap.Unwrap(SecretPurpose, Guid.Empty, wrapped).Secret;
        if (!mayCreate) throw new CryptographicException($"the key store holds no key '{name}'");
        var secret = RandomNumberGenerator.GetBytes(32);
        _file.AddSecret(name, _wrap.Wrap(SecretPurpose, Guid.Empty, secret, null));
        return secret;
    }

    // Apart from the store's own secrets, whose names have no slash.
    private static string Foreign(string name) => "kept/" + name;

    private byte[] Lookup(string kind, string name) => HMACSHA256.HashData(_lookupKey, Encoding.UTF8.GetBytes(kind + ":" + name))[..16];

    private static byte[] Bytes(Guid token) => token.ToByteArray(bigEndian: true);
}
