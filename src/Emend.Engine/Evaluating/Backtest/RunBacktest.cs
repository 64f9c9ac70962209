using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Evaluating.Backtest;

/// <summary>
/// What would Emend have done with these decisions? Replays them in time order, lets people review some, learns, and counts what
/// that would have fixed and broken. Measures learning, not release: what its own evidence certifies acts at once.
/// </summary>
/// <remarks>Prequential: every decision is scored before any review of it is learned. Same input, same options: same counts, on any number of threads.</remarks>
internal static class RunBacktest
{
    /// <summary>Runs it; agents are separate streams.</summary>
    public static BacktestReport From(BacktestInput input, BacktestOptions options, TimeProvider clock, IProgress<BacktestProgress>? progress = null, CancellationToken cancel = default)
    {
        if (options.ReviewRate is not (>= 0 and <= 1)) throw new ArgumentException("the review rate is a share from 0 to 1", nameof(options));
        if (options.Delay < TimeSpan.Zero) throw new ArgumentException("a review cannot come before its decision: give a delay of 0 or more", nameof(options));
        var start = clock.GetTimestamp();
        var truths = new Dictionary<string, AgentAction>(StringComparer.Ordinal);
        // Later outcomes correct earlier ones.
        foreach (var outcome in input.Outcomes.Where(static o => o is { Metric: Outcome.Truth, Action: not null }).OrderBy(static o => o.At).ThenBy(static o => o.Action!.ToString(), StringComparer.Ordinal))
            truths[outcome.DecisionId] = outcome.Action!;
        var recorded = input.Corrections?.OrderBy(static c => c.At).ThenBy(static c => c.Id, StringComparer.Ordinal).ToLookup(static c => c.DecisionId, StringComparer.Ordinal);
        var volunteered = input.Volunteered.Count == 0 ? null : input.Volunteered.OrderBy(static c => c.At).ThenBy(static c => c.Id, StringComparer.Ordinal).ToLookup(static c => c.DecisionId, StringComparer.Ordinal);
        var streams = input.Decisions.GroupBy(static d => d.Agent, StringComparer.Ordinal).OrderBy(static g => g.Key, StringComparer.Ordinal).ToArray();

        var done = 0;
        var all = input.Decisions.Count;
        var step = Math.Max(1, all / 200);
        var agents = new AgentBacktest[streams.Length];
        Parallel.For(0, streams.Length, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.Parallelism), CancellationToken = cancel }, i =>
        {
            var began = clock.GetTimestamp();
            var agent = new AgentDefinition { Id = streams[i].Key, Actions = [.. input.Catalogue.Order(StringComparer.Ordinal)] };
            var decisions = streams[i].OrderBy(static d => d.OccurredAt).ThenBy(static d => d.Id, StringComparer.Ordinal).ToArray();
            var stream = new BacktestStream(agent, decisions, truths, recorded, volunteered, options);
            var (tally, learned) = stream.Run(Scored, cancel);
            agents[i] = new(agent.Id, tally, clock.GetElapsedTime(began).TotalSeconds, learned) { Scored = stream.Scored };
        });
        return new(agents.Aggregate(new BacktestTally(), static (sum, a) => sum + a.Tally), clock.GetElapsedTime(start).TotalSeconds, [.. agents]);

        void Scored()
        {
            var now = Interlocked.Increment(ref done);
            if (progress is not null && (now % step == 0 || now == all)) progress.Report(new(now, all));
        }
    }
}
