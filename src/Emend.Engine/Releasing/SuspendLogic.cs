using Emend.Engine.Access;
using Emend.Logic;

namespace Emend.Engine.Releasing;

internal sealed record LogicIsUnknown(string Id)
    : Refusal("logic.unknown", $"neither what is served nor the release under way has a rule '{Id}'; `emend rules list AGENT` shows them, and 'corrector' names the corrector");

internal sealed record LogicIsSuspended(string Id)
    : Refusal("logic.suspended-already", $"'{Id}' is suspended already; if you retried after losing the answer, the first attempt succeeded");

internal sealed record LogicIsNotSuspended(string Id)
    : Refusal("logic.not-suspended", $"'{Id}' is not suspended; `emend release status AGENT` shows what is");

/// <summary>
/// Asks that a rule, or the corrector, does not act for the time being. One person or one policy is enough: standing still is safe. Its bundle stays as it is, and so
/// does the suspension when another bundle brings the same rule again.
/// </summary>
/// <param name="Agent">The agent.</param>
/// <param name="Id">Id of the rule, or <see cref="Suspension.Corrector"/>.</param>
/// <param name="Why">The reason, for the record.</param>
/// <param name="By">Who asks.</param>
internal sealed record SuspendLogic(string Agent, string Id, string Why, Actor By)
{
    internal static Answer<LogicSuspended> Decide(ReleaseView now, SuspendLogic ask, Func<string, bool> isInUse, string by, long at)
    {
        if (string.IsNullOrWhiteSpace(ask.Why)) return new ReasonIsMissing();
        if (now.Board.Suspended.Ids.Contains(ask.Id, StringComparer.Ordinal)) return new LogicIsSuspended(ask.Id);
        return isInUse(ask.Id) ? new LogicSuspended(ask.Agent, by, at, ask.Id, ask.Why) : new LogicIsUnknown(ask.Id);
    }
}

/// <summary>Asks that something suspended acts again. People only: what stopped it may be there still.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Id">Id of the rule, or <see cref="Suspension.Corrector"/>.</param>
/// <param name="Why">The reason, for the record.</param>
/// <param name="By">Who asks.</param>
internal sealed record RestoreLogic(string Agent, string Id, string Why, Actor By)
{
    internal static Answer<LogicRestored> Decide(ReleaseView now, RestoreLogic ask, string by, long at)
    {
        if (string.IsNullOrWhiteSpace(ask.Why)) return new ReasonIsMissing();
        if (!now.Board.Suspended.Ids.Contains(ask.Id, StringComparer.Ordinal)) return new LogicIsNotSuspended(ask.Id);
        if (ask.By.IsPolicy || ask.By.IsService) return new OnlyAPerson("let suspended logic act again");
        return new LogicRestored(ask.Agent, by, at, ask.Id, ask.Why);
    }
}

internal sealed class SuspendLogicHandler(ReleaseLedger ledger)
{
    public Task<Answer<LogicSuspended>> SuspendAsync(SuspendLogic ask, CancellationToken cancel) =>
        ask.By.Lacks(Permission.BundleRollback) is { } no ? Task.FromResult<Answer<LogicSuspended>>(no) : ledger.ChangeAsync(ask.Agent, null, ask.By, (now, by, at) =>
            SuspendLogic.Decide(now, ask, id => IsIn(now.Board.Served, id) || IsIn(now.Board.Current?.Candidate, id), by, at), cancel);

    public Task<Answer<LogicRestored>> RestoreAsync(RestoreLogic ask, CancellationToken cancel) =>
        ask.By.Lacks(Permission.BundlePromote) is { } no ? Task.FromResult<Answer<LogicRestored>>(no) : ledger.ChangeAsync(ask.Agent, null, ask.By, (now, by, at) => RestoreLogic.Decide(now, ask, by, at), cancel);

    private bool IsIn(string? digest, string id) =>
        digest is not null && ledger.Bundle(digest) is { } bundle && (id == Suspension.Corrector ? bundle.Corrector is not null : bundle.Rules.Any(rule => string.Equals(rule.Id, id, StringComparison.Ordinal)));
}
