using Emend.Engine.Storage;

namespace Emend.Engine.Journal;

/// <summary>A read model: tables that are a function of the journal and can be rebuilt from it.</summary>
/// <remarks>
/// Runs inside the transaction that appends the entry. It is shown fields of class C0 and C1 only (protected values and the
/// subject are null, live as in a rebuild) and refers to the record by (entry, position) for the rest, so that erasing a
/// subject's key leaves nothing behind and a rebuild gives the same digest. People stand in it by their pseudonym (<see cref="IWorkspaceStore.PrincipalOf"/>).
/// </remarks>
internal interface IProjection
{
    /// <summary>Name, e.g. <c>reviewing</c>.</summary>
    string Name { get; }

    /// <summary>Tables it owns, emptied before a rebuild.</summary>
    IReadOnlyList<string> Tables { get; }

    /// <summary>
    /// Queries whose rows, in order, are the state that the digest covers: ids and values that depend only on the set of events.
    /// Pseudonyms are random: digest them as <c>name_of(column)</c>, which takes the text of the <see cref="Guid"/>.
    /// </summary>
    IReadOnlyList<string> DigestQueries { get; }

    /// <summary>Takes one entry in.</summary>
    void Apply(UnitOfWork work, JournalEntry entry);

    /// <summary>Ends a rebuild, in its transaction: what a live projection does beside the entries, a page at a time, is done at once.</summary>
    void Settle(UnitOfWork work) { }
}
