using Emend.Engine.Access;

namespace Emend.Engine.Releasing;

/// <summary>
/// Asks to let a paused release go on. Its step soaks anew: nobody watched while it stood still. Where no release is under way but
/// something was taken back, asks to let the fast lane go on.
/// </summary>
internal sealed record ResumeRelease(string Agent, Actor By)
{
    /// <summary>Stands in the record where a release's id would.</summary>
    internal const string FastLane = "fast-lane";

    internal static Answer<ReleaseResumed> Decide(ReleaseView now, ResumeRelease ask, string by, long at)
    {
        if (now.Board is { Current: null, IsFastLaneHeld: false }) return new NothingIsReleasing(ask.Agent);
        if (now.Board is { Current: { IsPaused: false } release, IsFastLaneHeld: false }) return new ReleaseIsNotPaused(release.Id);
        if (ask.By.IsPolicy || ask.By.IsService) return new OnlyAPerson("let a paused release go on");
        return new ReleaseResumed(ask.Agent, by, at, now.Board.Current is { IsPaused: true } paused ? paused.Id : FastLane);
    }
}

internal sealed class ResumeReleaseHandler(ReleaseLedger ledger)
{
    public Task<Answer<ReleaseResumed>> HandleAsync(ResumeRelease ask, CancellationToken cancel) =>
        ask.By.Lacks(Permission.BundlePromote) is { } no ? Task.FromResult<Answer<ReleaseResumed>>(no) : ledger.ChangeAsync(ask.Agent, null, ask.By, (now, by, at) => ResumeRelease.Decide(now, ask, by, at), cancel);
}
