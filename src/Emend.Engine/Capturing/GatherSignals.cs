using Emend.Engine.Normalizing;
using Emend.Engine.Storage;

namespace Emend.Engine.Capturing;

/// <summary>
/// Accepts signals that arrive one by one as if they had come in batches: while one batch is being written the next gathers, so
/// that many callers share one look, one journal entry and one flush. A caller alone waits for nobody.
/// </summary>
/// <remarks>A journal entry has one actor, so signals gather by who sends them.</remarks>
internal sealed class GatherSignals<T>(AcceptBatch<T> accept) where T : class
{
    // One batch is under way while the next gathers. A second would only make both smaller; the other core reads requests meanwhile.
    private const int MostUnderWay = 1;
    private const int AnsweredTogether = 16;
    private const int MostTogether = 256;
    // Senders remembered; an idle one costs an empty list.
    private const int MostLanes = 4_096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);

    private sealed class Lane
    {
        public Queue<(T Signal, Actor By, TaskCompletionSource<Acceptance> Done)> Waiting { get; } = new();
        public int UnderWay { get; set; }
    }

    /// <summary>Accepts one signal; completes when it is durable. It may be accepted even when the caller gives up waiting.</summary>
    public async Task<Acceptance> HandleAsync(T signal, Actor by, CancellationToken cancel)
    {
        // Goes on where it is answered: Answer sees to it that this is not the thread that drains.
        var done = new TaskCompletionSource<Acceptance>();
        Lane lane;
        lock (_gate)
        {
            if (!_lanes.TryGetValue(by.Name, out lane!))
            {
                if (_lanes.Count >= MostLanes) Forget();
                _lanes.Add(by.Name, lane = new());
            }
            lane.Waiting.Enqueue((signal, by, done));
            if (lane.UnderWay < MostUnderWay)
            {
                lane.UnderWay++;
                _ = Task.Run(() => DrainAsync(lane), CancellationToken.None);
            }
        }
        return await done.Task.WaitAsync(cancel).ConfigureAwait(false);
    }

    // Every signal taken gets its answer here, so nothing outside needs to await this.
    private async Task DrainAsync(Lane lane)
    {
        var batch = new List<(T Signal, Actor By, TaskCompletionSource<Acceptance> Done)>();
        while (true)
        {
            batch.Clear();
            lock (_gate)
            {
                while (batch.Count < MostTogether && lane.Waiting.TryDequeue(out var one)) batch.Add(one);
                if (batch.Count == 0)
                {
                    lane.UnderWay--;
                    return;
                }
            }
            try
            {
                var results = await accept.HandleAsync(batch.ConvertAll(static one => one.Signal), batch[0].By, CancellationToken.None).ConfigureAwait(false);
                Answer(batch, results, null);
            }
            catch (StorageException fault)
            {
                Answer(batch, null, fault);
            }
            catch (Exception) when (batch.Count > 1)
            {
                // One of them cannot be accepted; it must not take the others with it.
                await OneByOneAsync(batch).ConfigureAwait(false);
            }
            catch (Exception fault)
            {
                Answer(batch, null, fault);
            }
        }
    }

    // Callers go on in a few work items rather than in one each: waking a thread costs more than what it then does for one of them.
    private static void Answer(List<(T Signal, Actor By, TaskCompletionSource<Acceptance> Done)> batch, Acceptance[]? results, Exception? fault)
    {
        // The drain goes on with its list at once.
        var answer = new Answered(batch.ConvertAll(static one => one.Done), results, fault);
        for (var from = 0; from < batch.Count; from += AnsweredTogether)
            ThreadPool.UnsafeQueueUserWorkItem(static part => part.answer.Tell(part.from, AnsweredTogether), (answer, from), preferLocal: false);
    }

    // What came of a batch: a result each, or the fault that all of them share.
    private sealed record Answered(List<TaskCompletionSource<Acceptance>> Waiting, Acceptance[]? Results, Exception? Fault)
    {
        public void Tell(int from, int count)
        {
            for (var i = from; i < Math.Min(from + count, Waiting.Count); i++)
            {
                if (Results is not null) Waiting[i].SetResult(Results[i]);
                else Waiting[i].SetException(Fault!);
            }
        }
    }

    private async Task OneByOneAsync(List<(T Signal, Actor By, TaskCompletionSource<Acceptance> Done)> batch)
    {
        foreach (var (signal, by, done) in batch)
        {
            try
            {
                Answer([(signal, by, done)], await accept.HandleAsync([signal], by, CancellationToken.None).ConfigureAwait(false), null);
            }
            catch (Exception fault)
            {
                Answer([(signal, by, done)], null, fault);
            }
        }
    }

    private void Forget()
    {
        foreach (var (name, lane) in _lanes.ToList())
            if (lane is { UnderWay: 0, Waiting.Count: 0 }) _lanes.Remove(name);
    }
}

/// <summary>The three kinds of signals of a workspace, in batches and one by one.</summary>
internal sealed class SignalIntake
{
    public SignalIntake(IWorkspaceStore store, Agents agents, TimeProvider clock)
    {
        (Decisions, Corrections, Outcomes) = (new(store, new AcceptDecisions(store, agents, strict: false), clock), new(store, new AcceptCorrections(store, agents), clock), new(store, new AcceptOutcomes(store), clock));
        (OneDecision, OneCorrection, OneOutcome) = (new(Decisions), new(Corrections), new(Outcomes));
    }

    public AcceptBatch<Decision> Decisions { get; }
    public AcceptBatch<Correction> Corrections { get; }
    public AcceptBatch<Outcome> Outcomes { get; }
    public GatherSignals<Decision> OneDecision { get; }
    public GatherSignals<Correction> OneCorrection { get; }
    public GatherSignals<Outcome> OneOutcome { get; }
}
