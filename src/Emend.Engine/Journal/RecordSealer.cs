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
            for (var i = from; i < to; i++)
            {
                var record = draft.Records[i];
                var key = record.Subject is null ? keys.Workspace : keys.Of(record.Subject);
                tokens[i] = key.Token;
                bodies[i] = SealOne(record, i, key, paths, entryKeys, leaves.AsSpan(i * MerkleHash.Size, MerkleHash.Size));
            }
        }
    }

    private static byte[] SealOne(JournalRecord record, int ordinal, DataKey key, PathTable paths, EntryKeys keys, Span<byte> leaf)
    {
        var fields = record.Fields.AsSpan();
        var id = Strict.GetBytes(record.Id);
        int openSize = 0, closedSize = 0, closedCount = 0;
        foreach (var field in fields)
        {
            var size = Strict.GetByteCount(field.Json!);
            if (field.Class >= FieldClass.Personal)
            {
                closedSize += ByteWriter.SizeOfCount(size) + size;
                closedCount++;
            }
            else
            {
                openSize += ByteWriter.SizeOfCount(size) + size;
            }
        }

        var most = 5 + 16 + 5 + id.Length + 5 + (5 * fields.Length) + openSize + MerkleHash.Size + 5 + closedSize + EntryKeys.TagSize;
        var rented = ArrayPool<byte>.Shared.Rent(most + closedSize + ((fields.Length + 1) * MerkleHash.Size));
        Span<byte> to = rented.AsSpan(0, most), plain = rented.AsSpan(most, closedSize);
        var commitments = rented.AsSpan(most + closedSize, (fields.Length + 1) * MerkleHash.Size);
        var openCommitments = commitments[..((fields.Length - closedCount + 1) * MerkleHash.Size)];
        var closedCommitments = commitments[openCommitments.Length..];
        Span<byte> salt = stackalloc byte[MerkleHash.Size];

        var at = 0;
        ByteWriter.Count(to, ref at, ordinal);
        key.Token.TryWriteBytes(to[at..], bigEndian: true, out _);
        at += 16;
        ByteWriter.Count(to, ref at, id.Length);
        id.CopyTo(to[at..]);
        at += id.Length;
        ByteWriter.Count(to, ref at, fields.Length);
        foreach (var field in fields) ByteWriter.Count(to, ref at, paths.Of(field.Class, field.Path));

        FieldCommitment.Salt(keys.Open, ordinal, [], salt);
        FieldCommitment.Commit(salt, FieldClass.Public, [], FieldCommitment.Identity(key.Token, record.Id), openCommitments);
        int open = 1, closed = 0, plainAt = 0;
        foreach (var field in fields)
        {
            var isClosed = field.Class >= FieldClass.Personal;
            var path = paths[paths.Of(field.Class, field.Path)].Utf8;
            var value = isClosed ? Put(field.Json!, plain, ref plainAt) : Put(field.Json!, to, ref at);
            FieldCommitment.Salt(isClosed ? keys.Closed(key) : keys.Open, ordinal, path, salt);
            FieldCommitment.Commit(salt, field.Class, path, value,
                isClosed ? closedCommitments.Slice(closed++ * MerkleHash.Size, MerkleHash.Size) : openCommitments.Slice(open++ * MerkleHash.Size, MerkleHash.Size));
        }

        Span<byte> closedDigest = stackalloc byte[MerkleHash.Size];
        FieldCommitment.Closed(closedCommitments, closedDigest);
        FieldCommitment.Record(closedDigest, openCommitments, leaf);
        if (closedCount > 0)
        {
            closedDigest.CopyTo(to[at..]);
            at += MerkleHash.Size;
            ByteWriter.Count(to, ref at, closedSize);
            keys.Encrypt(key, ordinal, record.Id, plain, to.Slice(at, closedSize), to.Slice(at + closedSize, EntryKeys.TagSize));
            at += closedSize + EntryKeys.TagSize;
        }
        var sealedBytes = to[..at].ToArray();
        CryptographicOperations.ZeroMemory(plain);
        ArrayPool<byte>.Shared.Return(rented);
        return sealedBytes;
    }

    private static ReadOnlySpan<byte> Put(string value, Span<byte> to, ref int at)
    {
        var size = Strict.GetByteCount(value);
        ByteWriter.Count(to, ref at, size);
        Strict.GetBytes(value, to[at..]);
        at += size;
        return to.Slice(at - size, size);
    }

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
