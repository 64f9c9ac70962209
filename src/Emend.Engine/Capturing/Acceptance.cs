using Emend.Engine.Reviewing;

namespace Emend.Engine.Capturing;

/// <summary>What became of one signal of a batch.</summary>
internal enum AcceptanceKind : byte
{
    /// <summary>It is in the journal now.</summary>
    Accepted,
    /// <summary>It is in the journal now and waits for its decision.</summary>
    Parked,
    /// <summary>It was in the journal already; nothing changed.</summary>
    Duplicate,
    /// <summary>Its key was used for something else; nothing changed.</summary>
    Conflict,
    /// <summary>A rule says no; nothing changed.</summary>
    Refused,
}

/// <summary>What became of one signal of a batch, and where its record lies.</summary>
/// <param name="Kind">What became of it.</param>
/// <param name="Record">Where its record lies (accepted, parked), or the first one with its key (duplicate, conflict).</param>
/// <param name="Why">Reason of a conflict or refusal.</param>
internal readonly record struct Acceptance(AcceptanceKind Kind, RecordAt Record, Refusal? Why);

/// <summary>The key was used before for something else.</summary>
internal sealed record KeyIsTaken(string What, string Key, RecordAt First)
    : Refusal("capture.key-taken", $"{What} '{Key}' was accepted before with other content (entry {First.Entry}, position {First.Position}); send the same content, or use a new key");

/// <summary>The same batch holds the key twice with different content.</summary>
internal sealed record KeyStandsTwice(string What, string Key)
    : Refusal("capture.key-twice", $"{What} '{Key}' stands twice in this batch with different content; keep one of them");

/// <summary>The agent's definition does not allow the signal.</summary>
internal sealed record DoesNotFitAgent(string Problems) : Refusal("capture.does-not-fit-agent", Problems);
