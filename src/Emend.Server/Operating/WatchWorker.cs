using System.Collections.Concurrent;
using Emend.Engine;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Releasing;

namespace Emend.Server.Operating;

/// <summary>Every few seconds: carries releases on that the fast lane started, takes releases back that do harm or get no data, raises and clears alerts.</summary>
internal sealed partial class WatchWorker(Workspaces workspaces, ServerOptions options, Readiness readiness, Verifications verifications, ILogger<WatchWorker> log)
    : Rounds(workspaces, options.Clock, options.Operating.WatchEvery, log)
{
    private readonly ILogger _log = log;
    // Nothing new in the journal, nothing new to weigh.
    private readonly ConcurrentDictionary<string, long> _weighed = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override async Task RoundAsync(string workspace, EmendEngine engine, CancellationToken cancel)
    {
        var policy = options.Operating.Alerts;
        var around = new Surroundings { Disk = readiness.Disk, Verification = verifications.Of(workspace) };
        var size = engine.Store.Size;
        var isNews = !_weighed.TryGetValue(workspace, out var weighed) || weighed != size;
        var seen = engine.Observe.Observe(policy, around);
        foreach (var observed in seen.Releases)
        {
            var isTakenBack = observed.Release.IsAutomatic
                ? (isNews || HasSoaked(observed, seen.Now)) && await CarryAsync(engine, observed.Agent, cancel)
                : isNews && await engine.Watch.LookAsync(observed.Agent, engine.Judgements.Of(observed.Release), cancel) is { TakenBack: true };
            if (isTakenBack || await engine.Watch.EndSilentAsync(observed, seen.Now, policy.CanaryDeadline, cancel)) TakenBack(_log, observed.Agent, observed.Release.Id);
        }
        _weighed[workspace] = size;

        foreach (var suspended in await engine.Drift.SuspendHarmfulAsync(seen.Drift, cancel)) Suspended(_log, suspended.Agent, suspended.Id);

        var changes = await engine.WatchForAlerts.LookAsync(policy, around, cancel);
        foreach (var alert in changes.Raised) Raised(_log, workspace, alert.Kind, alert.Id, alert.Summary);
        foreach (var alert in changes.Cleared) Cleared(_log, workspace, alert.Kind, alert.Id);
    }

    // What it soaked for is over: time alone lets it go on, without anything new in the journal.
    private static bool HasSoaked(ObservedRelease observed, long now) =>
        string.Equals(observed.Release.HeldFor, StillSoaking.Stable, StringComparison.Ordinal) && now >= observed.Release.StepStartedAt + (long)observed.Release.Policy.Soak.TotalMicroseconds;

    private async Task<bool> CarryAsync(EmendEngine engine, string agent, CancellationToken cancel)
    {
        var carried = await engine.Carry.LookAsync(agent, release => engine.Judgements.Of(release), cancel);
        if (carried is { Outcome: CarryOutcome.Advanced }) Advanced(_log, agent, carried.Release.Id, carried.To.BasisPoints);
        return carried is { Outcome: CarryOutcome.TakenBack };
    }

    [LoggerMessage(9214, LogLevel.Information, "Agent {Agent}: release {Release} went on by itself to {ShareBp} bp")]
    private static partial void Advanced(ILogger log, string agent, string release, int shareBp);

    [LoggerMessage(9215, LogLevel.Warning, "Agent {Agent}: {Logic} was suspended because it did harm")]
    private static partial void Suspended(ILogger log, string agent, string logic);

    [LoggerMessage(9211, LogLevel.Warning, "Agent {Agent}: release {Release} was taken back by itself")]
    private static partial void TakenBack(ILogger log, string agent, string release);

    [LoggerMessage(9212, LogLevel.Warning, "Workspace {Workspace}: alert {Kind} {Alert} raised: {Summary}")]
    private static partial void Raised(ILogger log, string workspace, string kind, string alert, string summary);

    [LoggerMessage(9213, LogLevel.Information, "Workspace {Workspace}: alert {Kind} {Alert} is over")]
    private static partial void Cleared(ILogger log, string workspace, string kind, string alert);
}
