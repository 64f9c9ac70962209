using System.Collections.Concurrent;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;

namespace Emend.Engine.Releasing;

/// <summary>
/// The fast lane of a workspace: runs <see cref="RunFastLane"/> for agents about which something was accepted, one run per agent at a time.
/// However many signals come in while a run is under way, one more run follows it.
/// </summary>
/// <remarks>Owns its runs: disposing stops them between two steps and waits for them. What was not done then is done after the next signal.</remarks>
internal sealed class FastLane(RunFastLaneHandler handler, Agents agents, IWorkspaceStore store, ReviewProjection reviews) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Told of every run that followed a signal; never from two runs of one agent at once.</summary>
    public Action<string, Answer<FastLaneRun>>? Ran { get; set; }

    /// <summary>Told of every run that failed; the next signal tries again.</summary>
    public Action<string, Exception>? Failed { get; set; }

    /// <summary>
    /// From now on every signal, ruling and withdrawal that is accepted in this process starts a run for its agent; what came in while nobody
    /// followed is looked at first. A server calls it once.
    /// </summary>
    public void Follow()
    {
        reviews.Derived = Signal;
        foreach (var agent in agents.All())
            if (agent.Envelope.IsOpen) Signal(agent.Id);
    }

    /// <summary>Says that something was accepted about an agent. Returns at once.</summary>
    public void Signal(string agent)
    {
        if (_closing.IsCancellationRequested) return;
        var lane = LaneOf(agent);
        lock (lane)
        {
            lane.IsDue = true;
            if (lane.Work.IsCompleted) lane.Work = Task.Run(() => FollowAsync(agent, lane), CancellationToken.None);
        }
    }

    /// <summary>Runs now, after a run of the same agent that is under way.</summary>
    public async Task<Answer<FastLaneRun>> RunAsync(string agent, CancellationToken cancel)
    {
        var lane = LaneOf(agent);
        await lane.Turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await handler.HandleAsync(new RunFastLane(agent), cancel).ConfigureAwait(false);
        }
        finally
        {
            lane.Turn.Release();
        }
    }

    /// <summary>Completes when no signal waits and no run that followed one is under way.</summary>
    public async Task SettledAsync()
    {
        foreach (var lane in _lanes.Values)
        {
            Task work;
            lock (lane) work = lane.Work;
            await work.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        reviews.Derived = null;
        await _closing.CancelAsync().ConfigureAwait(false);
        await SettledAsync().ConfigureAwait(false);
        foreach (var lane in _lanes.Values) lane.Turn.Dispose();
        _closing.Dispose();
    }

    private Lane LaneOf(string agent) => _lanes.GetOrAdd(agent, static _ => new());

    private async Task FollowAsync(string agent, Lane lane)
    {
        while (true)
        {
            lock (lane)
            {
                if (!lane.IsDue || _closing.IsCancellationRequested)
                {
                    lane.Work = Task.CompletedTask;
                    return;
                }
                lane.IsDue = false;
            }
            try
            {
                // A signal may come from inside a change: wait until that is committed.
                await store.WriteAsync(static _ => true, _closing.Token).ConfigureAwait(false);
                var answer = await RunAsync(agent, _closing.Token).ConfigureAwait(false);
                Ran?.Invoke(agent, answer);
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                // Closing: the corrections are in the journal, the next run finds them.
            }
#pragma warning disable CA1031 // A run that fails must not end the lane: it is told, counted and tried again after the next signal.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                ReleasingTelemetry.FastLane.Add(1, new KeyValuePair<string, object?>("result", "failed"));
                Failed?.Invoke(agent, fault);
            }
        }
    }

    private sealed class Lane
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public bool IsDue { get; set; }

        public Task Work { get; set; } = Task.CompletedTask;
    }
}
