using System.Collections.Concurrent;
using Emend.Engine;
using Emend.Engine.Journal;
using Emend.Engine.Observing.Alerts;

namespace Emend.Server.Operating;

/// <summary>How the last verification of each workspace ended.</summary>
internal sealed class Verifications
{
    private readonly ConcurrentDictionary<string, VerificationResult> _last = new(StringComparer.Ordinal);

    /// <summary>Of one workspace; null before the first.</summary>
    public VerificationResult? Of(string workspace) => _last.GetValueOrDefault(workspace);

    /// <summary>Notes one.</summary>
    public void Note(string workspace, VerificationResult result) => _last[workspace] = result;
}

/// <summary>Recomputes every journal once a day, in the background. Writers and readers go on meanwhile.</summary>
internal sealed class VerifyWorker(Workspaces workspaces, ServerOptions options, Verifications verifications, ILogger<VerifyWorker> log)
    : Rounds(workspaces, options.Clock, options.Operating.VerifyEvery, log)
{
    /// <inheritdoc/>
    public override async Task RoundAsync(string workspace, EmendEngine engine, CancellationToken cancel)
    {
        // On a thread of its own: it computes for seconds.
        var audit = await Task.Factory.StartNew(() => VerifyJournal.Run(engine.Store, null, cancel), cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        verifications.Note(workspace, new(audit.IsSound, audit.FirstBadIndex));
    }
}
