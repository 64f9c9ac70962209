using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;
using Emend.Logic;

namespace Emend.Engine.Serving;

/// <summary>A bundle on an agent's board that may not act.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Bundle">Digest of the bundle.</param>
/// <param name="Why">What is wrong with it.</param>
internal sealed record UnusableBundle(string Agent, string Bundle, string Why);

/// <summary>
/// The bundles that may act on this side: their bytes are those they are named by, and the journal holds their approval. What was found
/// whole stays loaded, whatever becomes of the store; what was not is looked at again by <see cref="Unusable"/>, not with every decision.
/// </summary>
internal sealed class ServableBundles(IWorkspaceStore store, ReleaseLedger ledger, TimeProvider clock)
{
    /// <summary>How long a bundle that was found whole is taken to be so in the store.</summary>
    public static readonly TimeSpan LookedAtAgainAfter = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, (Bundle Bundle, DateTimeOffset At)> _whole = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _broken = new(StringComparer.Ordinal);

    /// <summary>A bundle that may act; null when it may not.</summary>
    public Bundle? Find(string digest)
    {
        if (_whole.TryGetValue(digest, out var whole)) return whole.Bundle;
        return _broken.ContainsKey(digest) ? null : Look(digest);
    }

    /// <summary>The bundle that acts for everybody outside a canary: what is served, where that may not act what was served before it; null when neither may, or nothing is served.</summary>
    public string? StableOf(AgentBoard board) =>
        board.Served is not { } served ? null : Find(served) is not null ? served : board.Previous is { } previous && Find(previous) is not null ? previous : null;

    /// <summary>
    /// What stands on a board and may not act. Looks into the store for what was never looked at, for what was broken, and every
    /// <see cref="LookedAtAgainAfter"/> for the rest; lets go of what stands on no board any more.
    /// </summary>
    public IReadOnlyList<UnusableBundle> Unusable()
    {
        var now = clock.GetUtcNow();
        var named = new HashSet<string>(StringComparer.Ordinal);
        var unusable = new List<UnusableBundle>();
        foreach (var agent in ledger.Agents())
        {
            var board = ledger.Board(agent);
            foreach (var digest in new[] { board.Served, board.Current?.Candidate, board.Previous }.OfType<string>().Distinct(StringComparer.Ordinal))
            {
                if (named.Add(digest) && (_broken.ContainsKey(digest) || !_whole.TryGetValue(digest, out var whole) || (now - whole.At).Duration() >= LookedAtAgainAfter)) Look(digest);
                if (_broken.TryGetValue(digest, out var wrong)) unusable.Add(new(agent, digest, wrong));
            }
        }
        foreach (var digest in _whole.Keys.Where(digest => !named.Contains(digest))) _whole.TryRemove(digest, out _);
        foreach (var digest in _broken.Keys.Where(digest => !named.Contains(digest))) _broken.TryRemove(digest, out _);
        return unusable;
    }

    private Bundle? Look(string digest)
    {
        try
        {
            var bundle = ledger.Bundle(digest);
            if ((bundle is null ? "it is not in the registry" : WrongApproval(digest)) is { } why)
            {
                _broken[digest] = why;
                return null;
            }
            _whole[digest] = (bundle!, clock.GetUtcNow());
            _broken.TryRemove(digest, out _);
            return bundle;
        }
        catch (Exception fault) when (fault is InvalidDataException or JsonException or StorageException or CryptographicException or ArgumentOutOfRangeException)
        {
            _broken[digest] = fault.Message;
            return null;
        }
    }

    private string? WrongApproval(string digest)
    {
        if (store.Read(connection => SignalRows.All(connection, ManifestSql.Approval, "@bundle", digest, static row => row.GetInt64(0))) is not [var entry]) return "the journal holds no approval of it";
        var record = store.Record(entry, 0);
        return record.Flag("complete") && string.Equals(record.TextOrNull("candidate"), digest, StringComparison.Ordinal) ? null : $"entry {entry} does not approve it";
    }
}
