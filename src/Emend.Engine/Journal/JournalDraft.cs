using System.Collections.Immutable;

namespace Emend.Engine.Journal;

/// <summary>How protected a field is. Class C2 and above is encrypted at rest under its subject's key.</summary>
internal enum FieldClass : byte
{
    /// <summary>C0.</summary>
    Public,
    /// <summary>C1: not personal, not for outsiders.</summary>
    Internal,
    /// <summary>C2: personal. Free text and unknown features are C2.</summary>
    Personal,
    /// <summary>C3: sensitive personal data, credentials.</summary>
    Sensitive,
    /// <summary>C4: never stored.</summary>
    Secret,
}

/// <summary>One field of a record.</summary>
/// <param name="Path">Path within the record, e.g. <c>proposed.action</c>.</param>
/// <param name="Class">How protected it is.</param>
/// <param name="Json">Canonical JSON of the value; null when it was erased.</param>
internal readonly record struct JournalField(string Path, FieldClass Class, string? Json);

/// <summary>One record of an entry, e.g. one decision of a batch.</summary>
/// <param name="Id">Id within its type, e.g. the decision's id.</param>
/// <param name="Subject">Whose personal data it holds; null: the workspace's own key protects it.</param>
/// <param name="Fields">Fields sorted by path.</param>
internal sealed record JournalRecord(string Id, string? Subject, ImmutableArray<JournalField> Fields)
{
    /// <summary>
    /// Name of the key that protects it, random and the same for all records about one subject; empty: the workspace's own key. Set on records read from
    /// the journal and on those shown to projections: what is grouped by subject is grouped by it, and an order to erase names it.
    /// </summary>
    public Guid Token { get; init; }

    /// <summary>Canonical JSON of a field; null when there is none or it was erased.</summary>
    public string? this[string path]
    {
        get
        {
            foreach (var field in Fields)
                if (string.Equals(field.Path, path, StringComparison.Ordinal)) return field.Json;
            return null;
        }
    }
}

/// <summary>One thing to be appended.</summary>
internal sealed record JournalDraft
{
    /// <summary>What happened, past tense, e.g. <c>decisions.accepted</c>.</summary>
    public required string Type { get; init; }
    /// <summary>Version of the payload's shape. Default 1.</summary>
    public int SchemaVersion { get; init; } = 1;
    /// <summary>Who did it.</summary>
    public required Actor Actor { get; init; }
    /// <summary>When it happened in the world, microseconds since 1970 UTC; null: when it is recorded.</summary>
    public long? OccurredAt { get; init; }
    /// <summary>Entry that caused this one; at most 80 bytes, kept in clear.</summary>
    public string? CausationId { get; init; }
    /// <summary>Trace it belongs to; at most 128 bytes, kept in clear: nothing personal.</summary>
    public string? CorrelationId { get; init; }
    /// <summary>Payload: a batch of one or more records.</summary>
    public required ImmutableArray<JournalRecord> Records { get; init; }
}

/// <summary>One entry as it is read back.</summary>
internal sealed record JournalEntry
{
    /// <summary>Position in the journal, from 0: the leaf index of the Merkle tree.</summary>
    public required long Index { get; init; }
    /// <summary>Time-ordered id (UUIDv7).</summary>
    public required Guid EntryId { get; init; }
    /// <summary>What happened.</summary>
    public required string Type { get; init; }
    /// <summary>Version of the payload's shape.</summary>
    public required int SchemaVersion { get; init; }
    /// <summary>When Emend learned it, microseconds since 1970 UTC; never decreases along the journal.</summary>
    public required long RecordedAt { get; init; }
    /// <summary>When it happened in the world.</summary>
    public required long OccurredAt { get; init; }
    /// <summary>Who did it.</summary>
    public required Actor Actor { get; init; }
    /// <summary>Entry that caused this one.</summary>
    public string? CausationId { get; init; }
    /// <summary>Trace it belongs to.</summary>
    public string? CorrelationId { get; init; }
    /// <summary>The records; erased fields have no value.</summary>
    public required ImmutableArray<JournalRecord> Records { get; init; }
}
