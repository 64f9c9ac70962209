using System.Buffers.Binary;
using System.Collections.Immutable;
using Emend.Engine.Storage;

namespace Emend.Engine.Journal;

/// <summary>A draft ready to be written: encoded records, their leaves, the keys they need.</summary>
internal sealed class SealedBatch(JournalDraft draft, Guid entryId, Guid actor, PathTable paths, byte[][] bodies, Guid[] tokens, byte[] leaves) : SealedDraft
{
    /// <summary>Bytes after which a run of records ends: large enough to write a usual batch as one row, small enough to read one record from.</summary>
    public const int RunSize = 64 * 1024;

    public override JournalDraft Draft => draft;

    /// <summary>Id, fixed when sealed since keys derive from it.</summary>
    public Guid EntryId => entryId;

    /// <summary>Pseudonym of the actor.</summary>
    public Guid Actor => actor;

    /// <summary>Tokens of the keys used, one per record.</summary>
    public ReadOnlySpan<Guid> Tokens => tokens;

    /// <summary>The records as projections see them: protected values and subjects are null.</summary>
    public ImmutableArray<JournalRecord> OpenRecords { get => field.IsDefault ? field = [.. draft.Records.Select((record, i) => Shown(record, tokens[i]))] : field; }

    /// <summary>Number of records.</summary>
    public int Count => bodies.Length;

    /// <summary>Merkle root over the records.</summary>
    public byte[] PayloadRoot() => MerkleHash.Root(leaves);

    public override SealedDraft Only(IReadOnlyList<int> positions)
    {
        if (positions.Count == 0) throw new ArgumentException("at least one record must stay", nameof(positions));
        var (keptBodies, keptTokens, keptLeaves) = (new byte[positions.Count][], new Guid[positions.Count], new byte[positions.Count * MerkleHash.Size]);
        var records = ImmutableArray.CreateBuilder<JournalRecord>(positions.Count);
        for (var i = 0; i < positions.Count; i++)
        {
            var from = positions[i];
            if (i > 0 && from <= positions[i - 1]) throw new ArgumentException("positions must ascend", nameof(positions));
            keptBodies[i] = bodies[from];
            keptTokens[i] = tokens[from];
            leaves.AsSpan(from * MerkleHash.Size, MerkleHash.Size).CopyTo(keptLeaves.AsSpan(i * MerkleHash.Size));
            records.Add(draft.Records[from]);
        }
        return new SealedBatch(draft with { Records = records.MoveToImmutable() }, entryId, actor, paths, keptBodies, keptTokens, keptLeaves);
    }

    /// <summary>The stored runs: position of the first record, and the bytes. The first run begins at 0.</summary>
    public IEnumerable<(int Position, byte[] Run)> Runs()
    {
        for (var from = 0; from < bodies.Length;)
        {
            var (to, size) = (from, 0);
            while (to < bodies.Length && (to == from || size + bodies[to].Length <= RunSize)) size += bodies[to++].Length;
            yield return (from, Encode(from, to, size));
            from = to;
        }
    }

    private byte[] Encode(int from, int to, int size)
    {
        var count = to - from;
        var run = new byte[1 + ByteWriter.SizeOfCount(paths.Count) + paths.Size + ByteWriter.SizeOfCount(count) + (4 * count) + size];
        var at = 0;
        run[at++] = RecordRun.Version;
        paths.Write(run, ref at);
        ByteWriter.Count(run, ref at, count);
        var end = 0;
        for (var i = from; i < to; i++, at += 4) BinaryPrimitives.WriteInt32BigEndian(run.AsSpan(at), end += bodies[i].Length);
        for (var i = from; i < to; i++)
        {
            bodies[i].CopyTo(run, at);
            at += bodies[i].Length;
        }
        return run;
    }

    private static JournalRecord Shown(JournalRecord record, Guid token)
    {
        var isOpen = record.Subject is null;
        foreach (var field in record.Fields) isOpen &= field.Class < FieldClass.Personal;
        return isOpen ? record : new(record.Id, null,
            [.. record.Fields.Select(static field => field.Class < FieldClass.Personal ? field : field with { Json = null })]) { Token = token };
    }
}
