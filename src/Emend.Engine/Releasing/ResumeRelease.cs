using Emend.Engine.Access;

namespace Emend.Engine.Releasing;

/// <summary>Asks to let a paused release go on. Its step soaks anew: nobody watched while it stood still.</summary>
internal sealed record ResumeRelease(string Agent, Actor By)
{
    internal static Answer<ReleaseResumed> Decide(ReleaseView now, ResumeRelease ask, string by, long at)
    {
        if (now.Board.Current is not { } release) return new NothingIsReleasing(ask.Agent);
        if (!release.IsPaused) return new ReleaseIsNotPaused(release.Id);
        if (ask.By.IsPolicy || ask.By.IsService) return new OnlyAPerson("let a paused release go on");
        return new ReleaseResumed(ask.Agent, by, at, release.Id);
    }
}

internal sealed class ResumeReleaseHandler(ReleaseLedger ledger)
{
    public Task<Answer<ReleaseResumed>> HandleAsync(ResumeRelease ask, CancellationToken cancel) =>
        ask.By.Lacks(Permission.BundlePromote) is { } no ? Task.FromResult<Answer<ReleaseResumed>>(no) : ledger.ChangeAsync(ask.Agent, null, ask.By, (now, by, at) => ResumeRelease.Decide(now, ask, by, at), cancel);
}
