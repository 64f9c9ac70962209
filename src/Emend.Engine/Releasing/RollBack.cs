using Emend.Engine.Access;

namespace Emend.Engine.Releasing;

/// <summary>
/// Asks to take a bundle back: the canary while a release is under way, else what is served to everybody, in favour of what was
/// served before it. One person or one policy is enough, at any time: going back is safe, going forward takes the full path.
/// </summary>
internal sealed record RollBack(string Agent, string Why, Actor By)
{
    /// <summary>Take back this release only: by the time the question is decided it may be over, and its successor is innocent. Null: whatever is newest.</summary>
    public string? Only { get; init; }

    /// <summary>What it was decided on, where evidence asks for it.</summary>
    public EvidenceNote? Evidence { get; init; }

    internal static Answer<RolledBack> Decide(ReleaseView now, RollBack ask, string by, long at)
    {
        if (string.IsNullOrWhiteSpace(ask.Why)) return new ReasonIsMissing();
        if (ask.Only is { } only && !string.Equals(now.Board.Current?.Id, only, StringComparison.Ordinal)) return new NothingIsReleasing(ask.Agent);
        if (now.Board.Current is { } release) return new RolledBack(ask.Agent, by, at, release.Id, release.Candidate, now.Board.Served, ask.Why) { Evidence = ask.Evidence };
        if (now.Board.Served is { } served) return new RolledBack(ask.Agent, by, at, null, served, now.Board.Previous, ask.Why);
        return new NothingToRollBack(ask.Agent);
    }
}

internal sealed class RollBackHandler(ReleaseLedger ledger)
{
    public Task<Answer<RolledBack>> HandleAsync(RollBack ask, CancellationToken cancel) =>
        ask.By.Lacks(Permission.BundleRollback) is { } no ? Task.FromResult<Answer<RolledBack>>(no) : ledger.ChangeAsync(ask.Agent, null, ask.By, (now, by, at) => RollBack.Decide(now, ask, by, at), cancel);
}
