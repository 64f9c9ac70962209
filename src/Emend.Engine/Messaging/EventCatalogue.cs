using System.Collections.Frozen;
using System.Collections.Immutable;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Releasing;

namespace Emend.Engine.Messaging;

/// <summary>Which entries of the journal leave the house, and which of their fields: a list of what may go, never of what may not. Nothing personal is on it.</summary>
internal static class EventCatalogue
{
    /// <summary>Type of the message that tries a webhook out.</summary>
    public const string Test = "webhook.tested";

    private static readonly FrozenDictionary<string, ImmutableArray<string>> Fields = new Dictionary<string, ImmutableArray<string>>(StringComparer.Ordinal)
    {
        [AlertProjection.Raised] = ["about", "kind", "summary"],
        [AlertProjection.Cleared] = ["about", "kind"],
        [AlertProjection.Acknowledged] = ["kind"],
        [ReleaseFactJournal.Built] = ["agent", "dataSet", "parent", "records"],
        [ReleaseFactJournal.Evaluated] = ["agent", "incumbent", "reportDigest", "result", "risk"],
        [ReleaseFactJournal.Approved] = ["agent", "complete", "reportDigest"],
        [ReleaseFactJournal.Rejected] = ["agent"],
        [ReleaseFactJournal.Started] = ["agent", "candidate", "replaces", "shareBp"],
        [ReleaseFactJournal.Advanced] = ["agent", "candidate", "fromBp", "proof", "replaces", "toBp"],
        [ReleaseFactJournal.Held] = ["agent", "code"],
        [ReleaseFactJournal.Paused] = ["agent"],
        [ReleaseFactJournal.Resumed] = ["agent"],
        [ReleaseFactJournal.TakenBack] = ["agent", "from", "release", "to"],
        [ReleaseFactJournal.Suspended] = ["agent", "logic"],
        [ReleaseFactJournal.Restored] = ["agent", "logic"],
        [ReleaseFactJournal.Killed] = ["agent", "on"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Types a webhook may ask for, sorted.</summary>
    public static ImmutableArray<string> Types { get; } = [.. Fields.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Fields of a type that leave the house; null: nothing of it does.</summary>
    public static ImmutableArray<string>? FieldsOf(string type) => Fields.TryGetValue(type, out var fields) ? fields : null;
}
