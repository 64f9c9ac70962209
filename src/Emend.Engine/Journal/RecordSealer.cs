using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Privacy;

namespace Emend.Engine.Journal;

/// <summary>Commits to a draft's fields and encrypts the personal ones. CPU only; large batches use every core.</summary>
internal sealed class RecordSealer(Guid workspaceId, KeyStore keys, TimeProvider clock)
{
    private const int ParallelFrom = 16;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Seals.</summary>
    /// <exception cref="ArgumentException">No records, fields out of order or twice, a secret (class C4), an erased value, or text that does not fit.</exception>
    public SealedBatch Seal(JournalDraft draft)
    {
        var started = clock.GetTimestamp();
        // What a request writes belongs to its trace: the id leads from the journal to the traces and back.
        if (draft.CorrelationId is null && Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity) draft = draft with { CorrelationId = activity.TraceId.ToHexString() };
        EntryHead.Check(draft);
        if (draft.Records.IsDefaultOrEmpty) throw new ArgumentException($"a '{draft.Type}' entry needs at least one record", nameof(draft));
        var paths = new PathTable();
        foreach (var record in draft.Records) Check(draft, record, paths);

        var entryId = Guid.CreateVersion7(clock.GetUtcNow());
        var count = draft.Records.Length;
        var (bodies, tokens, leaves) = (new byte[count][], new Guid[count], new byte[count * MerkleHash.Size]);
        var actor = keys.PrincipalOf(draft.Actor.Name);
        if (count < ParallelFrom)
        {
            SealRange(0, count);
        }
        else
        {
            var parts = Math.Min(Environment.ProcessorCount, count / (ParallelFrom / 2));
            Parallel.For(0, parts, part => SealRange(count * part / parts, count * (part + 1) / parts));
        }
        JournalTelemetry.SealTime.Record(clock.GetElapsedTime(started).TotalMilliseconds);
        return new SealedBatch(draft, entryId, actor, paths, bodies, tokens, leaves);

        void SealRange(int from, int to)
        {
            // In steps over all records of the part, so that their many small hashes share lanes: keys, then fields, then digests.
            var (derived, ciphers, committer) = (t_scratch ??= new()).Start();
            var dataKeys = new DataKey[to - from];
            Span<byte> id = stackalloc byte[16];
            entryId.TryWriteBytes(id, bigEndian: true, out _);
            derived.Add(keys.Workspace.Secret, FieldCommitment.EntryKeyLabel, id);
            for (var i = from; i < to; i++)
            {
                var key = draft.Records[i].Subject is { } subject ? keys.Of(subject) : keys.Workspace;
                (dataKeys[i - from], tokens[i]) = (key, key.Token);
                derived.Add(key.Secret, FieldCommitment.EntryKeyLabel, id);
            }
            derived.Compute();
            for (var i = from; i < to; i++) ciphers.Add(derived[1 + i - from], FieldCommitment.CipherKeyLabel, []);
            ciphers.Compute();

            using var entryKeys = new EntryKeys(workspaceId, entryId, derived[0]);
            var shapes = new Shape[to - from];
            for (var i = from; i < to; i++)
            {
                entryKeys.Use(tokens[i], derived[1 + i - from], ciphers[i - from]);
                bodies[i] = Encode(draft.Records[i], i, dataKeys[i - from], paths, entryKeys, committer, out shapes[i - from]);
            }
            derived.Clear();
            ciphers.Clear();
            committer.Compute();
            Digest(shapes, bodies.AsSpan(from, to - from), t_scratch, leaves.AsSpan(from * MerkleHash.Size));
        }
    }

    // Puts the digests of closed fields into the encoded records, and gives the records' leaves.
    private static void Digest(Shape[] shapes, Span<byte[]> bodies, Scratch scratch, Span<byte> leaves)
    {
        var (committer, hasher, records) = (scratch.Committer, scratch.Digests, scratch.Leaves);
        var first = 0;
        foreach (var shape in shapes)
        {
            hasher.Add(FieldCommitment.ClosedLabel, committer.Commitments(first + shape.Open, shape.Closed));
            first += shape.Open + shape.Closed;
        }
        hasher.Compute();
        first = 0;
        for (var i = 0; i < shapes.Length; i++)
        {
            if (shapes[i].Closed > 0) hasher[i].CopyTo(bodies[i].AsSpan(shapes[i].DigestAt));
            records.Add(FieldCommitment.RecordLabel, hasher[i], committer.Commitments(first, shapes[i].Open));
            first += shapes[i].Open + shapes[i].Closed;
        }
        records.Compute();
        for (var i = 0; i < shapes.Length; i++) records[i].CopyTo(leaves[(i * MerkleHash.Size)..]);
    }

    // Encodes all of a record but the digest of its closed fields, which is known only once the commitments are computed.
    private static byte[] Encode(JournalRecord record, int ordinal, DataKey key, PathTable paths, EntryKeys keys, FieldCommitter committer, out Shape shape)
    {
        var fields = record.Fields.AsSpan();
        var id = Strict.GetBytes(record.Id);
        int openSize = 0, closedSize = 0, closedCount = 0, indexSize = 0;
        Span<int> sizes = fields.Length <= 64 ? stackalloc int[fields.Length] : new int[fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            sizes[i] = Strict.GetByteCount(fields[i].Json!);
            indexSize += ByteWriter.SizeOfCount(paths.Of(fields[i].Class, fields[i].Path));
            var stored = ByteWriter.SizeOfCount(sizes[i]) + sizes[i];
            if (fields[i].Class < FieldClass.Personal)
            {
                openSize += stored;
            }
            else
            {
                closedSize += stored;
                closedCount++;
            }
        }
        var to = new byte[ByteWriter.SizeOfCount(ordinal) + 16 + ByteWriter.SizeOfCount(id.Length) + id.Length + ByteWriter.SizeOfCount(fields.Length) + indexSize + openSize
            + (closedCount == 0 ? 0 : MerkleHash.Size + ByteWriter.SizeOfCount(closedSize) + closedSize + EntryKeys.TagSize)];
        var at = 0;
        ByteWriter.Count(to, ref at, ordinal);
        key.Token.TryWriteBytes(to.AsSpan(at), bigEndian: true, out _);
        at += 16;
        ByteWriter.Count(to, ref at, id.Length);
        id.CopyTo(to, at);
        at += id.Length;
        ByteWriter.Count(to, ref at, fields.Length);
        foreach (var field in fields) ByteWriter.Count(to, ref at, paths.Of(field.Class, field.Path));

        committer.Add(keys.Open, ordinal, FieldClass.Public, [], FieldCommitment.Identity(key.Token, record.Id));
        for (var i = 0; i < fields.Length; i++)
        {
            if (fields[i].Class >= FieldClass.Personal) continue;
            var value = Put(fields[i].Json!, sizes[i], to, ref at);
            committer.Add(keys.Open, ordinal, fields[i].Class, paths[paths.Of(fields[i].Class, fields[i].Path)].Utf8, value);
        }
        shape = new(fields.Length - closedCount + 1, closedCount, at);
        if (closedCount == 0) return to;

        var rented = ArrayPool<byte>.Shared.Rent(closedSize);
        var plain = rented.AsSpan(0, closedSize);
        var plainAt = 0;
        for (var i = 0; i < fields.Length; i++)
        {
            if (fields[i].Class < FieldClass.Personal) continue;
            var value = Put(fields[i].Json!, sizes[i], plain, ref plainAt);
            committer.Add(keys.Closed(key), ordinal, fields[i].Class, paths[paths.Of(fields[i].Class, fields[i].Path)].Utf8, value);
        }
        at += MerkleHash.Size;
        ByteWriter.Count(to, ref at, closedSize);
        keys.Encrypt(key, ordinal, record.Id, plain, to.AsSpan(at, closedSize), to.AsSpan(at + closedSize, EntryKeys.TagSize));
        CryptographicOperations.ZeroMemory(plain);
        ArrayPool<byte>.Shared.Return(rented);
        return to;
    }

    private static ReadOnlySpan<byte> Put(string value, int size, Span<byte> to, ref int at)
    {
        ByteWriter.Count(to, ref at, size);
        Strict.GetBytes(value, to.Slice(at, size));
        at += size;
        return to.Slice(at - size, size);
    }

    // Buffers of one thread, kept: a single small record would otherwise cost more in allocations than in hashing.
    [ThreadStatic]
    private static Scratch? t_scratch;

    private sealed class Scratch
    {
        public HmacQueue Derived { get; } = new();
        public HmacQueue Ciphers { get; } = new();
        public FieldCommitter Committer { get; } = new();
        public LaneHasher Digests { get; } = new();
        public LaneHasher Leaves { get; } = new();

        /// <summary>Empties all, whatever an earlier fault left behind.</summary>
        public (HmacQueue Derived, HmacQueue Ciphers, FieldCommitter Committer) Start()
        {
            Derived.Clear();
            Ciphers.Clear();
            Committer.Clear();
            Digests.Clear();
            Leaves.Clear();
            return (Derived, Ciphers, Committer);
        }
    }

    /// <summary>How many commitments a record has, and where the digest of the closed ones goes.</summary>
    private readonly record struct Shape(int Open, int Closed, int DigestAt);

    private static void Check(JournalDraft draft, JournalRecord record, PathTable paths)
    {
        string? previous = null;
        foreach (var field in record.Fields)
        {
            if (field.Path.Length == 0) throw Wrong("has a field without a path");
            if (field.Path.Length > 4096) throw Wrong($"has a field whose path is {field.Path.Length} characters long; at most 4,096 fit");
            if (previous is not null && string.CompareOrdinal(previous, field.Path) >= 0)
                throw Wrong($"has field '{field.Path}' after '{previous}': sort fields by path (ordinal), each once");
            if (field.Class >= FieldClass.Secret) throw Wrong($"has field '{field.Path}' of class C4: secrets are never stored; drop it before it gets here");
            if (field.Json is null) throw Wrong($"has field '{field.Path}' without a value: write JSON null as \"null\"");
            previous = field.Path;
            paths.Add(field.Class, field.Path);
        }

        ArgumentException Wrong(string what) => new($"record '{record.Id}' of a '{draft.Type}' entry {what}", nameof(draft));
    }
}
