using System.Globalization;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Releasing;

namespace Emend.Engine.Observing;

/// <summary>How a release under way stands.</summary>
/// <param name="Release">The release.</param>
/// <param name="Evidence">What is known.</param>
/// <param name="TakenBack">Whether it was taken back just now.</param>
internal sealed record WatchedRelease(Release Release, ReleaseEvidence Evidence, bool TakenBack);

/// <summary>Looks at releases under way and asks for those to be taken back whose bad outcomes demand it. Running it twice does no harm.</summary>
internal sealed class WatchReleases(ReleaseLedger ledger, ReleaseAnalysis analysis, RollBackHandler rollBack, TimeProvider clock)
{
    /// <summary>Who takes releases back by themselves.</summary>
    public static readonly Actor Watch = Actor.Policy("watch-releases");

    /// <summary>Looks at one agent; null when no release is under way.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="judgements">What is known of its decisions, in any order.</param>
    /// <param name="cancel">Cancels.</param>
    public Task<WatchedRelease?> LookAsync(string agent, IEnumerable<Judgement> judgements, CancellationToken cancel) => LookAsync(agent, judgements, null, cancel);

    /// <summary>Looks at one agent; null when no release is under way.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="judgements">What is known of its decisions, in any order.</param>
    /// <param name="guard">One more guard metric than the release's policy names; null: none.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<WatchedRelease?> LookAsync(string agent, IEnumerable<Judgement> judgements, WatchedMetric? guard, CancellationToken cancel)
    {
        using var activity = ObservingTelemetry.Source.StartActivity("watch");
        if (ledger.Board(agent).Current is not { } release) return null;
        var evidence = analysis.Of(release, judgements, guard);
        if (evidence.TakesBack(evidence.Watched(release.Policy)) is not { } harm)
        {
            await HoldAsync(agent, release, evidence, cancel).ConfigureAwait(false);
            return new(release, evidence, TakenBack: false);
        }
        var answer = await rollBack.HandleAsync(new(agent, harm, Watch) { Only = release.Id, Evidence = EvidenceNote.Of(evidence) }, cancel).ConfigureAwait(false);
        var isTakenBack = answer is Answer<RolledBack>.Granted;
        if (isTakenBack) ObservingTelemetry.TakenBack.Add(1);
        return new(release, evidence, isTakenBack);
    }

    // A release that a person started is not carried on by anybody, but that it cannot go on is news: journaled once at a step, and an alert.
    private async Task HoldAsync(string agent, Release release, ReleaseEvidence evidence, CancellationToken cancel)
    {
        var looked = ledger.View(agent, null);
        if (release.IsAutomatic || release.IsPaused || HoldOf(looked, release, evidence, Microseconds.Of(clock.GetUtcNow())) is null) return;
        await ledger.ChangeAsync<ReleaseHeld>(agent, null, Watch, (now, by, at) => HoldOf(now, release, evidence, at) is { } hold
            ? new ReleaseHeld(agent, by, at, release.Id, hold.Code) { Evidence = EvidenceNote.Of(evidence) }
            : new NothingIsReleasing(agent), cancel).ConfigureAwait(false);
    }

    private static Refusal? HoldOf(ReleaseView now, Release release, ReleaseEvidence evidence, long at)
    {
        if (now.Board.Current is not { } current || !string.Equals(current.Id, release.Id, StringComparison.Ordinal) || current.StepStartedAt != release.StepStartedAt) return null;
        var hold = ReleaseHold.Of(evidence) ?? (ReleaseHold.IsOver(current, evidence, at) ? new OverHorizon(current.Id, evidence.DecisionsAtStep) : null);
        return string.Equals(hold?.Code, current.HeldFor, StringComparison.Ordinal) ? null : hold;
    }

    /// <summary>Takes a release back that got no data at its step until the deadline: silence is no proof, and nobody should be half released for ever.</summary>
    /// <param name="observed">The release and when a decision last reached its candidate.</param>
    /// <param name="now">Now, microseconds since 1970 UTC.</param>
    /// <param name="deadline">How long it may stay without data.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>Whether it was taken back.</returns>
    public async Task<bool> EndSilentAsync(ObservedRelease observed, long now, TimeSpan deadline, CancellationToken cancel)
    {
        var since = Math.Max(observed.Release.StepStartedAt, observed.LastReached ?? 0);
        if (observed.Release.IsPaused || now - since < deadline.Ticks / TimeSpan.TicksPerMicrosecond) return false;
        var why = string.Create(CultureInfo.InvariantCulture, $"no decision reached the candidate for {deadline.TotalHours:0} hours: without data a release does not stay");
        var answer = await rollBack.HandleAsync(new(observed.Agent, why, Watch) { Only = observed.Release.Id }, cancel).ConfigureAwait(false);
        if (answer is not Answer<RolledBack>.Granted) return false;
        ObservingTelemetry.TakenBack.Add(1);
        return true;
    }
}
