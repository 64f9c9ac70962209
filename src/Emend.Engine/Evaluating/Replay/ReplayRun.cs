using Emend.Logic;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Evaluating.Replay;

/// <summary>How to replay; none of it changes the result but <see cref="Examples"/>.</summary>
internal sealed record ReplayOptions
{
    /// <summary>Workers. Default: one per core.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;
    /// <summary>Decisions a worker takes at a time. Default 2,048: long enough that taking turns costs nothing, short enough to stay in cache.</summary>
    public int Chunk { get; init; } = 2048;
    /// <summary>Example decision ids kept of each kind. Default 20.</summary>
    public int Examples { get; init; } = 20;
    /// <summary>Told the number of decisions handed out so far, after each chunk; never from two workers at once.</summary>
    public IProgress<long>? Progress { get; init; }
}

/// <summary>Runs a history through two policies and counts what differs. Streams: memory does not grow with the history.</summary>
internal static class ReplayRun
{
    /// <summary>Replays <paramref name="cases"/>; without an <paramref name="incumbent"/> the agent alone takes its place.</summary>
    public static Task<ReplayResult> OverAsync(IEnumerable<ReplayCase> cases, CompiledPolicy? incumbent, CompiledPolicy candidate, ReplayOptions options, CancellationToken cancel) =>
        OverAsync(ReplaySource.Of(cases), incumbent, candidate, options, cancel);

    /// <inheritdoc cref="OverAsync(IEnumerable{ReplayCase}, CompiledPolicy?, CompiledPolicy, ReplayOptions, CancellationToken)"/>
    public static Task<ReplayResult> OverAsync(IAsyncEnumerable<ReplayCase> cases, CompiledPolicy? incumbent, CompiledPolicy candidate, ReplayOptions options, CancellationToken cancel) =>
        OverAsync(ReplaySource.Of(cases, cancel), incumbent, candidate, options, cancel);

    /// <inheritdoc cref="OverAsync(IEnumerable{ReplayCase}, CompiledPolicy?, CompiledPolicy, ReplayOptions, CancellationToken)"/>
    public static async Task<ReplayResult> OverAsync(ReplaySource source, CompiledPolicy? incumbent, CompiledPolicy candidate, ReplayOptions options, CancellationToken cancel)
    {
        using var activity = EvaluatingTelemetry.Source.StartActivity("replay");
        using var turn = new SemaphoreSlim(1);
        var handedOut = 0L;
        try
        {
            var workers = new Task<ReplayTally>[Math.Max(1, options.Workers)];
            for (var i = 0; i < workers.Length; i++) workers[i] = Task.Run(WorkAsync, cancel);
            var total = NewTally(candidate.Bundle, options);
            foreach (var tally in await Task.WhenAll(workers).ConfigureAwait(false)) total.Add(tally);
            EvaluatingTelemetry.Replayed.Add(total.Decisions);
            activity?.SetTag("emend.decisions", total.Decisions);
            return new(total, candidate.Bundle);
        }
        finally
        {
            await source.CloseAsync().ConfigureAwait(false);
        }

        async Task<ReplayTally> WorkAsync()
        {
            var tally = NewTally(candidate.Bundle, options);
            var buffer = new ReplayCase[options.Chunk];
            while (true)
            {
                var count = await TakeAsync(buffer).ConfigureAwait(false);
                if (count == 0) return tally;
                Score(buffer.AsSpan(0, count), incumbent, candidate, tally);
            }
        }

        async Task<int> TakeAsync(ReplayCase[] buffer)
        {
            await turn.WaitAsync(cancel).ConfigureAwait(false);
            try
            {
                var count = await source.FillAsync(buffer, cancel).ConfigureAwait(false);
                handedOut += count;
                if (count > 0) options.Progress?.Report(handedOut);
                return count;
            }
            finally
            {
                turn.Release();
            }
        }
    }

    private static ReplayTally NewTally(Bundle candidate, ReplayOptions options) =>
        new(candidate.Rules.Length, candidate.Guardrails.Length, options.Examples);

    private static void Score(ReadOnlySpan<ReplayCase> cases, CompiledPolicy? incumbent, CompiledPolicy candidate, ReplayTally tally)
    {
        foreach (ref readonly var @case in cases)
        {
            var beforeVerdict = Verdict.Stands;
            var before = incumbent is null ? @case.Decision.Proposed : incumbent.Decide(@case.Decision, out beforeVerdict);
            var after = candidate.Decide(@case.Decision, out var verdict);
            tally.Add(@case, before, beforeVerdict, after, verdict);
        }
    }
}
