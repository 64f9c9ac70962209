using System.Buffers;
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
            using var entryKeys = new EntryKeys(workspaceId, entryId, keys.Workspace);
            var committer = new FieldCommitter();
            var shapes = new Shape[to - from];
            for (var i = from; i < to; i++)
            {
                var record = draft.Records[i];
                var key = record.Subject is null ? keys.Workspace : keys.Of(record.Subject);
                tokens[i] = key.Token;
                bodies[i] = Encode(record, i, key, paths, entryKeys, committer, out shapes[i - from]);
            }
            committer.Compute();
            var first = 0;
            Span<byte> closed = stackalloc byte[MerkleHash.Size];
            for (var i = from; i < to; i++)
            {
                var shape = shapes[i - from];
                FieldCommitment.Closed(committer.Commitments(first + shape.Open, shape.Closed), closed);
                FieldCommitment.Record(closed, committer.Commitments(first, shape.Open), leaves.AsSpan(i * MerkleHash.Size, MerkleHash.Size));
                if (shape.Closed > 0) closed.CopyTo(bodies[i].AsSpan(shape.DigestAt));
                first += shape.Open + shape.Closed;
            }
        }
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
