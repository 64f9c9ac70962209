using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using Emend.Engine.Storage;

namespace Emend.Engine.Access;

/// <summary>Asks for a new key.</summary>
/// <param name="Name">Whom it speaks for.</param>
/// <param name="Workspace">The workspace it opens.</param>
/// <param name="Roles">What it may do.</param>
/// <param name="By">Who asks.</param>
internal sealed record IssueKey(string Name, string Workspace, ImmutableArray<Role> Roles, Actor By)
{
    public bool IsService { get; init; }
    /// <summary>How long it lasts. Default and most: 90 days.</summary>
    public TimeSpan Life { get; init; } = ApiKey.LongestLife;
    /// <summary>Whether the operator of the machine asks, who needs no second person to begin with.</summary>
    public bool IsLocal { get; init; }

    internal Refusal? Problem()
    {
        if (By.Lacks(Permission.ApikeyIssue) is { } no) return no;
        if (Name.Length is 0 or > 200 || Name.AsSpan().ContainsAnyInRange('\0', '\x1f') || Name.Contains(':', StringComparison.Ordinal))
            return new KeyRequestIsWrong("the name of a key's holder has 1 to 200 characters, no control characters and no colon");
        if (!DataDirectory.IsName(Workspace)) return new KeyRequestIsWrong($"'{Workspace}' cannot name a workspace: use 1 to 64 of a-z, 0-9, '-' and '_', starting with a letter or a digit");
        if (Roles.IsDefaultOrEmpty) return new KeyRequestIsWrong($"a key has at least one role; there are {string.Join(", ", Access.Roles.All)}");
        if (Access.Roles.Conflict(Roles) is { } conflict) return new RolesConflict(conflict);
        if (Life <= TimeSpan.Zero || Life > ApiKey.LongestLife) return new KeyRequestIsWrong($"a key lasts more than nothing and at most {ApiKey.LongestLife.TotalDays:0} days; rotate it before it ends");
        return !IsLocal && string.Equals(Name, By.Name, StringComparison.Ordinal) ? new OwnGrant() : null;
    }
}

/// <summary>
/// The keys of an installation as this process knows them: checks what requests carry, issues, rotates and revokes. A change by
/// another process is seen at the next <see cref="Refresh"/>; a key that ended cancels whatever still runs under it.
/// </summary>
internal sealed class ApiKeys : IDisposable
{
    private readonly ApiKeyFile _file;
    private readonly ApiKeySecret _secret;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, long> _used = new(StringComparer.Ordinal);
    private volatile FrozenDictionary<string, Known> _known = FrozenDictionary<string, Known>.Empty;
    private long _version = -1;
    private long _latest;

    private ApiKeys(ApiKeyFile file, ApiKeySecret secret, TimeProvider clock) => (_file, _secret, _clock) = (file, secret, clock);

    /// <summary>A key that opens something, and what ends when it ends.</summary>
    private sealed record Known(ApiKey Key, CancellationTokenSource Ended)
    {
        /// <summary>The secret that was found to fit, so that the same one need not be hashed for every request. Gone with the key at the next refresh after it ends.</summary>
        public string? Proven { get; set; }
    }

    /// <summary>Opens the keys of a data directory, creating them on first use.</summary>
    /// <exception cref="StorageException">Files are missing, damaged or open to others.</exception>
    public static ApiKeys Open(DataDirectory directory, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(directory);
        var file = ApiKeyFile.Open(Path.Combine(directory.Keys, "access.db"));
        try
        {
            var keys = new ApiKeys(file, ApiKeySecret.Open(Path.Combine(directory.Keys, "access.pepper"), mayCreate: file.Keys().IsEmpty), clock);
            foreach (var key in file.Keys()) keys._latest = Math.Max(keys._latest, Math.Max(key.CreatedAt, Math.Max(key.RevokedAt ?? 0, key.LastUsedAt ?? 0)));
            keys.Refresh();
            return keys;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>All keys, ended ones included, oldest first.</summary>
    public ImmutableArray<ApiKey> All() => _file.Keys();

    /// <summary>The key that a text is, when it opens something now; null otherwise. Notes its use.</summary>
    public ApiKey? Check(ReadOnlySpan<char> text) => Check(text, out _);

    /// <inheritdoc cref="Check(ReadOnlySpan{char})"/>
    /// <param name="text">What the client sent.</param>
    /// <param name="ended">Cancelled when the key is revoked or expires.</param>
    public ApiKey? Check(ReadOnlySpan<char> text, out CancellationToken ended)
    {
        ended = default;
        var isKey = ApiKeySecret.TryRead(text, out var id, out var secret);
        var known = _known.GetValueOrDefault(id);
        if (!isKey) return null;
        if (!ApiKeySecret.IsProven(secret, known?.Proven))
        {
            if (!_secret.Fits(secret, known?.Key)) return null;
            known!.Proven = secret.ToString();
        }
        var now = Now();
        if (!known!.Key.IsLiveAt(now)) return null;
        _used[id] = now;
        ended = known.Ended.Token;
        return known.Key;
    }

    /// <summary>Issues a key.</summary>
    public Answer<IssuedKey> Issue(IssueKey ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        if (ask.Problem() is { } problem) return problem;
        var issued = New(ask.Name, ask.IsService, ask.Workspace, ask.Roles, ask.By.Name, ask.Life);
        _file.Change([issued.Key], [], [Event("issued", issued.Key, ask.By)]);
        Refresh();
        return issued;
    }

    /// <summary>Issues a successor with the same holder, workspace and roles; the old key stays good for the overlap.</summary>
    public Answer<IssuedKey> Rotate(string id, TimeSpan overlap, Actor by, string? workspace = null)
    {
        ArgumentNullException.ThrowIfNull(by);
        if (by.Lacks(Permission.ApikeyIssue) is { } no) return no;
        if (overlap < TimeSpan.Zero || overlap > ApiKey.LongestOverlap) return new KeyRequestIsWrong($"two keys overlap for at most {ApiKey.LongestOverlap.TotalDays:0} days");
        if (Find(id, workspace) is not { } old) return new KeyIsUnknown(id);
        var now = Now();
        if (!old.IsLiveAt(now)) return new KeyIsOver(id);
        var issued = New(old.Name, old.IsService, old.Workspace, old.Roles, by.Name, ApiKey.LongestLife);
        var ending = old with { ExpiresAt = Math.Min(old.ExpiresAt, now + (long)overlap.TotalMicroseconds) };
        _file.Change([issued.Key], [ending], [Event("rotated", ending, by), Event("issued", issued.Key, by)]);
        Refresh();
        return issued;
    }

    /// <summary>Ends a key: no request is let in with it from now on in this process, within a second in others.</summary>
    public Answer<ApiKey> Revoke(string id, Actor by, string? workspace = null)
    {
        ArgumentNullException.ThrowIfNull(by);
        if (by.Lacks(Permission.ApikeyIssue) is { } no) return no;
        if (Find(id, workspace) is not { } key) return new KeyIsUnknown(id);
        var now = Now();
        if (!key.IsLiveAt(now)) return new KeyIsOver(id);
        var ended = key with { RevokedAt = now };
        _file.Change([], [ended], [Event("revoked", ended, by)]);
        Refresh();
        return ended;
    }

    /// <summary>Takes in what other processes changed and ends what has expired. Cheap when nothing did; called every second by a server.</summary>
    public void Refresh()
    {
        lock (_gate)
        {
            var version = _file.Version();
            var now = Now();
            // Another process's commit changes the version, our own do not: after those the callers come here knowing of them.
            var live = _file.Keys().Where(key => key.IsLiveAt(now)).ToList();
            var before = _known;
            _known = live.Select(key => before.GetValueOrDefault(key.Id) is not { } same ? new Known(key, new())
                : same with { Key = key, Proven = same.Key.Hash.AsSpan().SequenceEqual(key.Hash) ? same.Proven : null }).ToFrozenDictionary(static known => known.Key.Id, StringComparer.Ordinal);
            _version = version;
            foreach (var (id, gone) in before)
                if (!_known.ContainsKey(id)) gone.Ended.Cancel();
        }
    }

    /// <summary><see cref="Refresh"/>, when there may be something to see.</summary>
    public void RefreshIfChanged()
    {
        var now = Now();
        if (_file.Version() != Volatile.Read(ref _version) || _known.Values.Any(known => !known.Key.IsLiveAt(now))) Refresh();
    }

    /// <summary>Whether a key was used since that was last written down.</summary>
    public bool HasUses => !_used.IsEmpty;

    /// <summary>Writes down when keys were last used.</summary>
    public void NoteUse()
    {
        var uses = _used.ToArray();
        if (uses.Length == 0) return;
        _file.NoteUse([.. uses.Select(static use => (use.Key, use.Value))]);
        foreach (var use in uses) _used.TryRemove(use);
    }

    /// <summary>What happened to keys of a workspace and is not in its journal yet.</summary>
    public IReadOnlyList<KeyEvent> Unjournaled(string workspace) => _file.Unjournaled(workspace);

    /// <summary>These are in the journal now.</summary>
    public void Journaled(IEnumerable<string> events) => _file.Journaled(events);

    public void Dispose()
    {
        try
        {
            NoteUse();
        }
        catch (Microsoft.Data.Sqlite.SqliteException)
        {
            // A full disk: when a key was last used is not worth leaving the other stores of the process open.
        }
        foreach (var known in _known.Values) known.Ended.Dispose();
        _file.Dispose();
        _secret.Dispose();
    }

    // Never earlier than anything that is known to have happened: a clock set back must not bring a key back that ended.
    private long Now()
    {
        var now = Microseconds.Of(_clock.GetUtcNow());
        var latest = Volatile.Read(ref _latest);
        while (now > latest)
        {
            var seen = Interlocked.CompareExchange(ref _latest, now, latest);
            if (seen == latest) return now;
            latest = seen;
        }
        return latest;
    }

    private ApiKey? Find(string id, string? workspace) => _file.Keys().FirstOrDefault(key =>
        string.Equals(key.Id, id, StringComparison.Ordinal) && (workspace is null || string.Equals(key.Workspace, workspace, StringComparison.Ordinal)));

    private IssuedKey New(string name, bool isService, string workspace, ImmutableArray<Role> roles, string by, TimeSpan life)
    {
        var (id, text, hash) = _secret.New();
        var now = Now();
        return new(
            new()
            {
                Id = id,
                Name = name,
                IsService = isService,
                Workspace = workspace,
                Roles = [.. roles.Distinct().Order()],
                Hash = hash,
                CreatedAt = now,
                CreatedBy = by,
                ExpiresAt = now + (long)life.TotalMicroseconds,
            },
            text);
    }

    private KeyEvent Event(string what, ApiKey key, Actor by)
    {
        var now = _clock.GetUtcNow();
        return new(Guid.CreateVersion7(now).ToString("N"), what, key.Id, key.Workspace, key.Name, key.Roles, key.IsService, by.Name, Microseconds.Of(now), key.RevokedAt ?? key.ExpiresAt);
    }
}
