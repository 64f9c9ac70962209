using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;

namespace Emend.Engine.Evaluating.Golden;

/// <summary>Asks to protect a case. People only: feedback never writes to the golden set.</summary>
internal sealed record AddGoldenCase(GoldenCase Case, Actor By)
{
    internal static Answer<GoldenCase> Decide(AddGoldenCase ask, bool isKnown)
    {
        if (ask.By.Lacks(Permission.GoldensetEdit) is { } no) return no;
        if (ask.By.IsPolicy || ask.By.IsService) return new OnlyAPerson("add a protected case");
        if (ask.Case.Id.Length is 0 or > 200) return new GoldenCaseIsWrong("its id has 1 to 200 characters");
        return isKnown ? new GoldenCaseIsKnown(ask.Case.Id) : ask.Case;
    }
}

/// <summary>Asks to protect a case no longer. People only; the reason stays in the journal.</summary>
internal sealed record RemoveGoldenCase(string Agent, string Id, string Why, Actor By)
{
    /// <summary>The version of the set it was decided on (<see cref="GoldenSets.Version"/>); another one by now refuses. Null: whatever there is.</summary>
    public long? IfVersion { get; init; }

    internal static Answer<string> Decide(RemoveGoldenCase ask, bool isKnown, long version)
    {
        if (ask.By.Lacks(Permission.GoldensetEdit) is { } no) return no;
        if (ask.By.IsPolicy || ask.By.IsService) return new OnlyAPerson("remove a protected case");
        if (!isKnown) return new GoldenCaseIsUnknown(ask.Id);
        if (ask.IfVersion is { } seen && seen != version) return new GoldenSetHasChanged(ask.Agent);
        return string.IsNullOrWhiteSpace(ask.Why) ? new ReasonIsMissing() : ask.Id;
    }
}

internal sealed record GoldenCaseIsKnown(string Id) : Refusal("golden.known", $"there is a protected case '{Id}' already; remove it first, or take another id");

internal sealed record GoldenCaseIsUnknown(string Id) : Refusal("golden.unknown", $"there is no protected case '{Id}'; `emend golden list` shows those there are");

internal sealed record GoldenSetHasChanged(string Agent) : Refusal("golden.changed", $"the protected cases of agent '{Agent}' were changed since you read them; read them again and decide on what stands now");

internal sealed record GoldenCaseIsWrong(string Problem) : Refusal("golden.wrong", $"this protected case is wrong: {Problem}");

internal sealed class GoldenCaseHandler(IWorkspaceStore store)
{
    public const string Added = "golden.case-added";
    public const string Removed = "golden.case-removed";

    /// <summary>Field with the case itself: a copy of what somebody wrote, so personal, and erased with its subject.</summary>
    public const string CaseField = "case";

    public async Task<Answer<GoldenCase>> HandleAsync(AddGoldenCase ask, CancellationToken cancel)
    {
        if (AddGoldenCase.Decide(ask, isKnown: false) is Answer<GoldenCase>.Refused refused) return refused;
        var agent = ask.Case.Decision.Agent;
        var record = new RecordFields().Text("agent", agent).Json(CaseField, GoldenCaseJson.Write(ask.Case), FieldClass.Personal).Record(ask.Case.Id, ask.Case.Decision.Subject);
        var draft = store.Seal(new() { Type = Added, Actor = ask.By, Records = [record] });
        return await store.WriteAsync(
            work =>
            {
                var answer = AddGoldenCase.Decide(ask, IsKnown(work, agent, ask.Case.Id));
                if (answer is Answer<GoldenCase>.Granted) work.Append(draft);
                return answer;
            },
            cancel).ConfigureAwait(false);
    }

    public async Task<Answer<string>> HandleAsync(RemoveGoldenCase ask, CancellationToken cancel)
    {
        var record = new RecordFields().Text("agent", ask.Agent).Text("why", ask.Why, FieldClass.Personal).Record(ask.Id);
        var draft = store.Seal(new() { Type = Removed, Actor = ask.By, Records = [record] });
        return await store.WriteAsync(
            work =>
            {
                var answer = RemoveGoldenCase.Decide(ask, IsKnown(work, ask.Agent, ask.Id), work.Command(GoldenSql.Version).Bind("@agent", ask.Agent).ExecuteScalar() as long? ?? 0);
                if (answer is Answer<string>.Granted) work.Append(draft);
                return answer;
            },
            cancel).ConfigureAwait(false);
    }

    private static bool IsKnown(UnitOfWork work, string agent, string id) =>
        work.Command(GoldenSql.Find).Bind("@agent", agent).Bind("@id", id).ExecuteScalar() is not null;
}
