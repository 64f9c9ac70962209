using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;
using Emend.Logic;

namespace Emend.Engine.Serving;

/// <summary>A manifest as it goes to clients: its text, signed.</summary>
/// <param name="Manifest">What it says.</param>
/// <param name="Note">The signed note: <c>emend/manifest/v1</c>, the canonical JSON, a blank line, the signature.</param>
internal sealed record SignedManifest(ReleaseManifest Manifest, string Note)
{
    /// <summary>UTF-8 of the note, encoded once for all who are sent it.</summary>
    public byte[] Bytes { get; } = Encoding.UTF8.GetBytes(Note);

    /// <summary>Names exactly these bytes: quoted, as HTTP has it.</summary>
    public string ETag { get; } = $"\"{BundleDigest.Of(Encoding.UTF8.GetBytes(Note))[7..39]}\"";
}

/// <summary>
/// Signs what an agent is served, with the release key: the board, and for every bundle in it the receipt of the approval that lets
/// it be served. What was not approved cannot be signed.
/// </summary>
internal sealed class PublishBundle(SqliteWorkspaceStore store, TimeProvider clock) : IDisposable
{
    private static readonly string[] Shown = ["agent", "candidate", "complete"];

    private readonly ConcurrentDictionary<long, string> _receipts = new();
    private readonly Lock _lock = new();
    private SigningKey? _key;

    /// <summary>Public key that clients pin.</summary>
    public VerifierKey Verifier => Key().Verifier;

    /// <summary>Signs what an agent is served now.</summary>
    /// <exception cref="StorageException">The release key is missing although it was given out before, or damaged.</exception>
    /// <exception cref="InvalidDataException">A bundle on the board was never approved.</exception>
    public async Task<SignedManifest> SignAsync(string agent, CancellationToken cancel)
    {
        using var activity = ServingTelemetry.Source.StartActivity("sign manifest");
        var (board, changedAt, approvals) = Look(agent);
        var bundles = ImmutableArray.CreateBuilder<ManifestBundle>(approvals.Count);
        foreach (var (digest, entry) in approvals) bundles.Add(new(digest, await ReceiptAsync(digest, entry, cancel).ConfigureAwait(false)));
        var manifest = new ReleaseManifest
        {
            Agent = agent,
            Workspace = store.Origin,
            Counter = board.Counter,
            ChangedAt = changedAt,
            IssuedAt = Microseconds.Of(clock.GetUtcNow()),
            IsKilled = board.IsKilled,
            HoldbackBp = board.HoldbackBp,
            Suspended = board.Suspended.Ids,
            Served = board.Served,
            Previous = board.Previous,
            Release = board.Current is { } release ? new(release.Id, release.Candidate, release.Salt, release.Share.BasisPoints) : null,
            Bundles = bundles.DrainToImmutable(),
        };
        var text = $"{ReleaseManifest.Schema}\n{ReleaseManifestJson.Write(manifest)}\n";
        return new(manifest, Key().Sign(text));
    }

    /// <summary>Whether a bundle was approved for some agent; what was not is handed out to nobody.</summary>
    public bool IsApproved(string digest) => store.Read(connection =>
    {
        using var select = connection.CreateCommand();
        select.CommandText = ManifestSql.Approval;
        return select.Bind("@bundle", digest).ExecuteScalar() is long;
    });

    public void Dispose() => _key?.Dispose();

    // One snapshot: a board and the approvals of what stands on it.
    private (AgentBoard Board, long ChangedAt, SortedDictionary<string, long> Approvals) Look(string agent) => store.Read(connection =>
    {
        using var ofBoard = connection.CreateCommand();
        ofBoard.CommandText = ReleasingSql.Board;
        var board = ReleasingRows.ReadBoard(ofBoard, agent);
        using var ofChange = connection.CreateCommand();
        ofChange.CommandText = ManifestSql.Change;
        var changedAt = ofChange.Bind("@agent", agent).ExecuteScalar() as long? ?? 0;
        var approvals = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var digest in new[] { board.Served, board.Previous, board.Current?.Candidate })
        {
            if (digest is null || approvals.ContainsKey(digest)) continue;
            using var ofApproval = connection.CreateCommand();
            ofApproval.CommandText = ManifestSql.Approval;
            approvals.Add(digest, ofApproval.Bind("@bundle", digest).ExecuteScalar() as long?
                ?? throw new InvalidDataException($"bundle {digest} stands on the board of {agent}, but the journal holds no approval of it: nothing is signed"));
        }
        return (board, changedAt, approvals);
    });

    // A receipt stays valid for ever: later checkpoints extend the one it is proven against.
    private async Task<string> ReceiptAsync(string digest, long entry, CancellationToken cancel)
    {
        if (_receipts.TryGetValue(entry, out var known)) return known;
        if (!string.Equals(store.Record(entry, 0).Text("candidate"), digest, StringComparison.Ordinal))
            throw new InvalidDataException($"entry {entry} does not approve {digest}: the read models do not belong to this journal; rebuild them");
        return _receipts[entry] = await Receipt.IssueAsync(store, entry, 0, Shown, cancel).ConfigureAwait(false);
    }

    private SigningKey Key()
    {
        lock (_lock)
        {
            if (_key is not null) return _key;
            // Clients pin the public half: once it was given out, a new key would be refused by all of them.
            var wasGivenOut = File.Exists(store.Files.ReleaseVerifierKey);
            var key = SigningKey.Open(store.Files.ReleaseKey, store.Origin + "/release", mayCreate: !wasGivenOut);
            if (!wasGivenOut) File.WriteAllText(store.Files.ReleaseVerifierKey, key.Verifier + "\n");
            return _key = key;
        }
    }
}
