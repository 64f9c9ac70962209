using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Emend.Engine.Journal;

/// <summary>The small commitment that is an entry's leaf in the Merkle tree. Canonical bytes: docs/spec/journal-format.md, section 2.</summary>
internal sealed record EntryHead
{
    /// <summary>Longest canonical form, in bytes.</summary>
    public const int MaxSize = 512;
    /// <summary>Longest type, in bytes of UTF-8.</summary>
    public const int MaxType = 80;
    /// <summary>Longest causation id, in bytes of UTF-8.</summary>
    public const int MaxCausation = 80;
    /// <summary>Longest correlation id, in bytes of UTF-8.</summary>
    public const int MaxCorrelation = 128;

    private static ReadOnlySpan<byte> Label => "emend/entry/v1"u8;

    public required Guid Workspace { get; init; }
    public required Guid EntryId { get; init; }
    public required string Type { get; init; }
    public required int SchemaVersion { get; init; }
    public required long RecordedAt { get; init; }
    public required long OccurredAt { get; init; }
    /// <summary>Pseudonym of who did it.</summary>
    public required Guid Actor { get; init; }
    public string? CausationId { get; init; }
    public string? CorrelationId { get; init; }
    public required int RecordCount { get; init; }
    public required byte[] PayloadRoot { get; init; }

    /// <summary>Refuses what the canonical form has no room for.</summary>
    /// <exception cref="ArgumentException">A text is too long or the schema version out of range.</exception>
    public static void Check(JournalDraft draft)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Type.Length == 0) throw new ArgumentException("an entry needs a type", nameof(draft));
        Fits(draft.Type, MaxType, "type");
        Fits(draft.CausationId, MaxCausation, "causation id");
        Fits(draft.CorrelationId, MaxCorrelation, "correlation id");
        if (draft.SchemaVersion is < 0 or > ushort.MaxValue)
            throw new ArgumentException($"schema version {draft.SchemaVersion} of '{draft.Type}' is not between 0 and {ushort.MaxValue}", nameof(draft));

        void Fits(string? text, int max, string what)
        {
            if (text is not null && Encoding.UTF8.GetByteCount(text) is var size && size > max)
                throw new ArgumentException($"the {what} of a '{draft.Type}' entry has {size} bytes; at most {max} fit. Put long values into a field.", nameof(draft));
        }
    }

    /// <summary>The canonical bytes.</summary>
    public byte[] ToBytes()
    {
        Span<byte> to = stackalloc byte[MaxSize];
        var at = 0;
        Label.CopyTo(to);
        at += Label.Length;
        Write(Workspace, to, ref at);
        Write(EntryId, to, ref at);
        Write(Type, to, ref at);
        BinaryPrimitives.WriteUInt16BigEndian(to[at..], (ushort)SchemaVersion);
        BinaryPrimitives.WriteInt64BigEndian(to[(at + 2)..], RecordedAt);
        BinaryPrimitives.WriteInt64BigEndian(to[(at + 10)..], OccurredAt);
        at += 18;
        Write(Actor, to, ref at);
        Write(CausationId ?? "", to, ref at);
        Write(CorrelationId ?? "", to, ref at);
        BinaryPrimitives.WriteInt32BigEndian(to[at..], RecordCount);
        PayloadRoot.CopyTo(to[(at + 4)..]);
        at += 4 + MerkleHash.Size;
        to[at++] = 0; // flags, none yet
        return to[..at].ToArray();
    }

    /// <summary>Reads canonical bytes.</summary>
    /// <exception cref="JournalFormatException">They are not the canonical form of anything.</exception>
    public static EntryHead Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        if (!reader.Take(Label.Length).SequenceEqual(Label)) throw new JournalFormatException("the head does not begin with 'emend/entry/v1'");
        var head = new EntryHead
        {
            Workspace = reader.Guid(),
            EntryId = reader.Guid(),
            Type = reader.Text(reader.Byte()),
            SchemaVersion = BinaryPrimitives.ReadUInt16BigEndian(reader.Take(2)),
            RecordedAt = BinaryPrimitives.ReadInt64BigEndian(reader.Take(8)),
            OccurredAt = BinaryPrimitives.ReadInt64BigEndian(reader.Take(8)),
            Actor = reader.Guid(),
            CausationId = reader.Text(reader.Byte()) is { Length: > 0 } causation ? causation : null,
            CorrelationId = reader.Text(reader.Byte()) is { Length: > 0 } correlation ? correlation : null,
            RecordCount = BinaryPrimitives.ReadInt32BigEndian(reader.Take(4)),
            PayloadRoot = reader.Take(MerkleHash.Size).ToArray(),
        };
        if (reader.Byte() != 0) throw new JournalFormatException("the head has flags this version does not know");
        if (!reader.AtEnd) throw new JournalFormatException("the head is followed by bytes that do not belong to it");
        return head;
    }

    private static void Write(Guid value, Span<byte> to, ref int at)
    {
        value.TryWriteBytes(to[at..], bigEndian: true, out _);
        at += 16;
    }

    private static void Write(string value, Span<byte> to, ref int at)
    {
        // The length was checked when the draft was sealed.
        if (Utf8.FromUtf16(value, to[(at + 1)..], out _, out var written) != System.Buffers.OperationStatus.Done)
            throw new ArgumentException($"'{value}' does not fit into the head, or is not valid Unicode", nameof(value));
        to[at] = checked((byte)written);
        at += 1 + written;
    }
}
