using System.Globalization;
using System.Text;
using Emend.Engine.Privacy;
using Emend.Engine.Storage;

namespace Emend.Engine.Journal;

/// <summary>What a receipt proves.</summary>
/// <param name="Head">The entry.</param>
/// <param name="Index">Its place in the journal.</param>
/// <param name="Position">The record's place in the entry.</param>
/// <param name="Checkpoint">The signed state it is proven against.</param>
/// <param name="RecordId">The record's id.</param>
/// <param name="Disclosed">Fields shown, sorted by path.</param>
internal sealed record ProvenRecord(EntryHead Head, long Index, int Position, Checkpoint Checkpoint, string RecordId, IReadOnlyList<JournalField> Disclosed);

/// <summary>
/// Proof that a record is in a journal: text that anybody verifies offline with the public key alone. Its second half is a C2SP
/// tlog-proof. Format: docs/spec/journal-format.md, section 8.
/// </summary>
internal static class Receipt
{
    private const string RecordHeader = "emend/receipt/v1", ProofHeader = "c2sp.org/tlog-proof@v1";

    /// <summary>Issues a receipt for a record against a fresh checkpoint.</summary>
    /// <param name="store">The workspace.</param>
    /// <param name="entry">Index of the entry.</param>
    /// <param name="position">Place of the record in it.</param>
    /// <param name="disclose">Paths of fields to show; their salts and values become part of the receipt.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ArgumentException">A field to show does not exist or was erased.</exception>
    public static async Task<string> IssueAsync(SqliteWorkspaceStore store, long entry, int position, IReadOnlyCollection<string> disclose, CancellationToken cancel)
    {
        if (entry < 0 || entry >= store.Size) throw new ArgumentOutOfRangeException(nameof(entry), entry, $"the journal has {store.Size} entries");
        var note = await SignCheckpoint.SignAsync(store, cancel).ConfigureAwait(false);
        var size = Checkpoint.Parse(note[..(note.LastIndexOf("\n\n", StringComparison.Ordinal) + 1)]).Size;
        return store.WithReader(reader =>
        {
            var text = new StringBuilder();
            AppendRecord(text, store, reader.Commands, entry, position, disclose);
            text.Append('\n').Append(ProofHeader).Append(CultureInfo.InvariantCulture, $"\nindex {entry}\n");
            foreach (var hash in MerkleProof.Inclusion(entry, size, new TreeReader(reader.Commands).Hash)) text.Append(Convert.ToBase64String(hash)).Append('\n');
            return text.Append('\n').Append(note).ToString();
        });
    }

    /// <summary>Verifies a receipt with nothing but the journal's public key.</summary>
    /// <exception cref="JournalFormatException">It proves nothing; the message says why.</exception>
    public static ProvenRecord Verify(string receipt, VerifierKey key)
    {
        var lines = new ReceiptLines(receipt);
        lines.Expect(RecordHeader);
        var headBytes = Base64.Read(lines.Value("entry"));
        var head = EntryHead.Parse(headBytes);
        var position = (int)lines.Number("record");
        if (position >= head.RecordCount) throw new JournalFormatException($"record {position} is not one of the entry's {head.RecordCount}");
        var (token, salt) = (Base64.Read(lines.Value("key")), Base64.Read(lines.Value("salt")));
        var id = Encoding.UTF8.GetString(Base64.Read(lines.Value("id")));
        var open = lines.Hashes("open");
        var closed = lines.Hashes("closed");
        Span<byte> closedDigest = stackalloc byte[MerkleHash.Size];
        if (lines.Optional("closed-digest") is { } digest)
        {
            if (closed.Count > 0) throw new JournalFormatException("the receipt names both the closed commitments and their digest");
            if (!Base64.IsExactly(digest, closedDigest)) throw new JournalFormatException("the digest of the closed commitments is damaged");
        }
        else
        {
            FieldCommitment.Closed(Joined(closed), closedDigest);
        }
        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        if (token.Length != 16 || salt.Length != MerkleHash.Size || open.Count == 0) throw new JournalFormatException("the receipt does not identify its record");
        FieldCommitment.Commit(salt, FieldClass.Public, [], FieldCommitment.Identity(new Guid(token, bigEndian: true), id), hash);
        if (!hash.SequenceEqual(open[0])) throw new JournalFormatException($"the record's id is not '{id}'");

        var fields = lines.Fields();
        foreach (var (field, fieldSalt) in fields)
        {
            FieldCommitment.Commit(fieldSalt, field.Class, Encoding.UTF8.GetBytes(field.Path), Encoding.UTF8.GetBytes(field.Json!), hash);
            var among = field.Class >= FieldClass.Personal ? closed : open;
            var isThere = false;
            foreach (var commitment in among) isThere |= hash.SequenceEqual(commitment);
            if (!isThere) throw new JournalFormatException($"field '{field.Path}' is not what the record committed to");
        }

        FieldCommitment.Record(closedDigest, Joined(open), hash);
        if (!MerkleProof.IsIncluded(hash, position, head.RecordCount, lines.Hashes("path"), head.PayloadRoot))
            throw new JournalFormatException("the record is not part of the entry");
        lines.Expect("");
        lines.Expect(ProofHeader);
        var index = lines.Number("index");
        var path = lines.BareHashes();
        var checkpoint = Checkpoint.Parse(SignedNote.Verified(lines.Rest(), key));
        if (checkpoint.Origin != key.Name) throw new JournalFormatException($"the checkpoint is of '{checkpoint.Origin}', the key of '{key.Name}'");
        MerkleHash.Leaf(headBytes, hash);
        if (!MerkleProof.IsIncluded(hash, index, checkpoint.Size, path, checkpoint.Root)) throw new JournalFormatException("the entry is not part of the signed journal");
        return new(head, index, position, checkpoint, id, [.. fields.Select(static field => field.Field)]);
    }

    private static void AppendRecord(StringBuilder text, SqliteWorkspaceStore store, CommandCache commands, long entry, int position, IReadOnlyCollection<string> disclose)
    {
        byte[] headBytes, body;
        using (var row = commands.Get(JournalSql.Entry).Bind("@idx", entry).ExecuteReader())
        {
            row.Read();
            (headBytes, body) = (row.GetFieldValue<byte[]>(0), row.GetFieldValue<byte[]>(1));
        }
        var head = EntryHead.Parse(headBytes);
        if (position < 0 || position >= head.RecordCount) throw new ArgumentOutOfRangeException(nameof(position), position, $"entry {entry} has {head.RecordCount} records");
        using var entryKeys = new EntryKeys(store.Id, head.EntryId, store.Keys.Workspace);
        var committer = new FieldCommitter();
        var leaves = new byte[head.RecordCount * MerkleHash.Size];
        var at = 0;
        foreach (var run in JournalReader.Runs(commands, entry, head.RecordCount, body))
        {
            for (var i = 0; i < run.Count; i++, at++)
            {
                committer.Clear();
                var counts = RecordAudit.Collect(run, i, entryKeys, store.Keys, committer);
                committer.Compute();
                RecordAudit.Leaf(run, i, counts, 0, committer, leaves.AsSpan(at * MerkleHash.Size, MerkleHash.Size));
                if (at == position) AppendCommitments(text, head, headBytes, run, i, position, counts, entryKeys, committer, disclose);
            }
        }
        foreach (var hash in MerkleProof.Inclusion(position, head.RecordCount, (from, to) => MerkleHash.Root(leaves.AsSpan((int)from * MerkleHash.Size, (int)(to - from) * MerkleHash.Size))))
            text.Append("path ").Append(Convert.ToBase64String(hash)).Append('\n');
    }

    private static void AppendCommitments(StringBuilder text, EntryHead head, byte[] headBytes, RecordRun run, int i, int position,
        (int Open, int Closed, DataKey? Key) counts, EntryKeys entryKeys, FieldCommitter committer, IReadOnlyCollection<string> disclose)
    {
        var stored = run.Parse(i);
        var salt = new byte[MerkleHash.Size];
        FieldCommitment.Salt(entryKeys.Open, stored.Ordinal, [], salt);
        text.Append(CultureInfo.InvariantCulture, $"{RecordHeader}\nentry {Convert.ToBase64String(headBytes)}\nrecord {position}\n")
            .Append(CultureInfo.InvariantCulture, $"key {Convert.ToBase64String(stored.Token.ToByteArray(bigEndian: true))}\nsalt {Convert.ToBase64String(salt)}\n")
            .Append(CultureInfo.InvariantCulture, $"id {Convert.ToBase64String(Encoding.UTF8.GetBytes(stored.Id))}\n");
        for (var c = 0; c < counts.Open; c++) text.Append("open ").Append(Convert.ToBase64String(committer.Commitments(c, 1))).Append('\n');
        for (var c = 0; c < counts.Closed; c++) text.Append("closed ").Append(Convert.ToBase64String(committer.Commitments(counts.Open + c, 1))).Append('\n');
        if (stored.HasClosed && counts.Key is null) text.Append("closed-digest ").Append(Convert.ToBase64String(stored.ClosedDigest)).Append('\n');

        var missing = disclose.ToHashSet(StringComparer.Ordinal);
        var open = new ByteReader(stored.Open);
        var closed = new ByteReader(counts.Closed > 0 ? stored.Decrypt(entryKeys, counts.Key!) : []);
        foreach (var field in stored.Fields)
        {
            var (@class, path, utf8) = run.Path(field);
            var isClosed = @class >= FieldClass.Personal;
            if (isClosed && counts.Key is null) continue;
            var value = isClosed ? closed.Take(closed.Count()) : open.Take(open.Count());
            if (!missing.Remove(path)) continue;
            FieldCommitment.Salt(isClosed ? entryKeys.Closed(counts.Key!) : entryKeys.Open, stored.Ordinal, utf8, salt);
            text.Append(CultureInfo.InvariantCulture, $"field {(int)@class} {Convert.ToBase64String(utf8)} {Convert.ToBase64String(salt)} {Convert.ToBase64String(value)}\n");
        }
        if (missing.Count > 0)
            throw new ArgumentException($"record {position} of the {head.Type} entry has no readable field '{missing.Order(StringComparer.Ordinal).First()}': it does not exist, or was erased", nameof(disclose));
    }

    private static byte[] Joined(List<byte[]> hashes)
    {
        var joined = new byte[hashes.Count * MerkleHash.Size];
        for (var i = 0; i < hashes.Count; i++) hashes[i].CopyTo(joined, i * MerkleHash.Size);
        return joined;
    }
}
