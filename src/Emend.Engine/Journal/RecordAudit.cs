using Emend.Engine.Privacy;

namespace Emend.Engine.Journal;

/// <summary>Recomputes what a stored record commits to.</summary>
internal static class RecordAudit
{
    /// <summary>Collects the commitments of a record: open ones first (identity, then fields by path), closed ones after them when the key exists.</summary>
    /// <returns>How many of each; <c>Key</c> is null when it was destroyed.</returns>
    /// <exception cref="JournalFormatException">The record is damaged.</exception>
    public static (int Open, int Closed, DataKey? Key) Collect(RecordRun run, int i, EntryKeys entryKeys, KeyStore keys, FieldCommitter committer)
    {
        var stored = run.Parse(i);
        committer.Add(entryKeys.Open, stored.Ordinal, FieldClass.Public, [], FieldCommitment.Identity(stored.Token, stored.Id));
        var openCount = 1;
        var open = new ByteReader(stored.Open);
        foreach (var field in stored.Fields)
        {
            var (@class, _, utf8) = run.Path(field);
            if (@class >= FieldClass.Personal) continue;
            committer.Add(entryKeys.Open, stored.Ordinal, @class, utf8, open.Take(open.Count()));
            openCount++;
        }
        var key = keys.ByToken(stored.Token);
        if (!stored.HasClosed || key is null) return (openCount, 0, key);
        var closed = new ByteReader(stored.Decrypt(entryKeys, key));
        var closedCount = 0;
        foreach (var field in stored.Fields)
        {
            var (@class, _, utf8) = run.Path(field);
            if (@class < FieldClass.Personal) continue;
            committer.Add(entryKeys.Closed(key), stored.Ordinal, @class, utf8, closed.Take(closed.Count()));
            closedCount++;
        }
        return closed.AtEnd ? (openCount, closedCount, key) : throw new JournalFormatException($"the protected fields of record '{stored.Id}' are followed by bytes that belong to none");
    }

    /// <summary>Leaf of a record from its collected commitments; a record whose key is gone is taken at its stored digest.</summary>
    /// <exception cref="JournalFormatException">The stored digest is not that of the closed fields.</exception>
    public static void Leaf(RecordRun run, int i, (int Open, int Closed, DataKey? Key) counts, int first, FieldCommitter committer, Span<byte> leaf)
    {
        var stored = run.Parse(i);
        Span<byte> closed = stackalloc byte[MerkleHash.Size];
        if (stored.HasClosed && counts.Key is null)
        {
            stored.ClosedDigest.CopyTo(closed);
        }
        else
        {
            FieldCommitment.Closed(committer.Commitments(first + counts.Open, counts.Closed), closed);
            if (stored.HasClosed && !closed.SequenceEqual(stored.ClosedDigest))
                throw new JournalFormatException($"the protected fields of record '{stored.Id}' are not the ones that were committed to");
        }
        FieldCommitment.Record(closed, committer.Commitments(first, counts.Open), leaf);
    }
}
