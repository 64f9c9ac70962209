using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;

namespace Emend.Engine.Privacy;

internal sealed record SubjectIsUnknown()
    : Refusal("subject.unknown", "nothing is stored about this subject under this name, or it was erased before");

/// <summary>Asks to erase a data subject. The reason stays in the journal and does not name the subject.</summary>
internal sealed record EraseSubjectRequest(string Subject, string Why, Actor By);

/// <summary>Erases on request.</summary>
internal sealed class ErasureHandler(SqliteWorkspaceStore store)
{
    /// <summary>Erases; answers the entry that orders it. Safe to repeat: a second time finds nothing.</summary>
    public async Task<Answer<JournalEntry>> HandleAsync(EraseSubjectRequest ask, CancellationToken cancel)
    {
        if (ask.By.Lacks(Permission.ErasureExecute) is { } no) return no;
        if (ask.By.IsPolicy || ask.By.IsService) return new OnlyAPerson("erase a subject");
        if (string.IsNullOrWhiteSpace(ask.Why)) return new ReasonIsMissing();
        return await EraseSubject.EraseAsync(store, ask.Subject, ask.Why, ask.By, cancel).ConfigureAwait(false) is { } entry ? entry : new SubjectIsUnknown();
    }
}
