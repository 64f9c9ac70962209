using Emend.Engine.Releasing;
using Emend.Logic;

namespace Emend.Engine.Learning;

/// <summary>A bundle built again.</summary>
/// <param name="Replaces">Digest of the bundle it is built in place of.</param>
/// <param name="Digest">Its own digest.</param>
/// <param name="Snapshot">What it was built from.</param>
/// <param name="Built">The bundle, and what was mined and refused.</param>
/// <param name="Cases">The reviewed decisions it was built from.</param>
internal sealed record RebuiltBundle(string Replaces, string Digest, CandidateSnapshot Snapshot, BuiltCandidate Built, IReadOnlyList<LearningCase> Cases);

/// <summary>
/// Builds a bundle as if some corrections had never been accepted: byte for byte what would have been built then. The bundles it
/// descends from are built again first, as far back as any of the corrections was there, since a bundle names its parent.
/// </summary>
internal sealed class RebuildWithout(CandidateSource source, CandidateSnapshots snapshots, ReleaseLedger ledger)
{
    /// <summary>Builds <paramref name="digest"/> again; withdrawn corrections are left out in any case.</summary>
    /// <param name="digest">The bundle.</param>
    /// <param name="corrections">Ids of corrections to leave out, with the journal entry each came in with.</param>
    /// <param name="cancel">Cancels between two builds.</param>
    /// <param name="quarantine">Pseudonyms whose word is not to count, with the entries of their corrections among <paramref name="corrections"/>; null: nobody but those in quarantine.</param>
    /// <returns>The bundles in order of descent, the one asked for last; null when it was not built here.</returns>
    public IReadOnlyList<RebuiltBundle>? Run(string digest, IReadOnlyDictionary<string, long> corrections, CancellationToken cancel, IReadOnlySet<Guid>? quarantine = null)
    {
        var without = quarantine is null ? corrections.Keys.ToHashSet(StringComparer.Ordinal) : null;
        // A correction withdrawn earlier may still be in ancestors of what is served: its rebuilt bundles were never released.
        var oldest = corrections.Values.Append(ledger.Candidate(digest) is { Agent: var agent } ? source.OldestUncounted(agent) : long.MaxValue).Min();
        var chain = new Stack<(CandidateSnapshot Snapshot, string? Parent)>();
        string? parent = digest;
        while (parent is not null && snapshots.Of(parent) is { } snapshot && (chain.Count == 0 || snapshot.UpTo > oldest))
        {
            var next = ledger.Candidate(parent)?.Parent;
            chain.Push((snapshot, next));
            parent = next;
        }
        if (chain.Count == 0) return null;

        var rebuilt = new List<RebuiltBundle>(chain.Count);
        foreach (var (snapshot, original) in chain)
        {
            cancel.ThrowIfCancellationRequested();
            var cases = source.Cases(snapshot, without, quarantine);
            var built = rebuilt.Count > 0
                ? source.Build(snapshot, rebuilt[^1].Digest, cases, cancel, rebuilt[^1].Built.Bundle)
                : source.Build(snapshot, original, cases, cancel);
            rebuilt.Add(new(snapshot.Bundle, BundleDigest.Of(BundleJson.Write(built.Bundle)), snapshot, built, cases));
        }
        return rebuilt;
    }
}
