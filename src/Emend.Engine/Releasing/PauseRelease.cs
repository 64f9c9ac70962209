using Emend.Engine.Access;

namespace Emend.Engine.Releasing;

/// <summary>Asks to hold a release where it is: the share stays, it does not widen.</summary>
internal sealed record PauseRelease(string Agent, string Why, Actor By)
{
    internal static Answer<ReleasePaused> Decide(ReleaseView now, PauseRelease ask, string by, long at)
    {
        if (now.Board.Current is not { } release) return new NothingIsReleasing(ask.Agent);
        if (release.IsPaused) return new ReleaseIsPaused(release.Id);
        return new ReleasePaused(ask.Agent, by, at, release.Id, ask.Why);
    }
}

internal sealed class PauseReleaseHandler(ReleaseLedger ledger)
{
    public Task<Answer<ReleasePaused>> HandleAsync(PauseRelease ask, CancellationToken cancel) =>
        ask.By.Lacks(Permission.BundlePromote) is { } no ? Task.FromResult<Answer<ReleasePaused>>(no) : ledger.ChangeAsync(ask.Agent, null, ask.By, (now, by, at) => PauseRelease.Decide(now, ask, by, at), cancel);
}
