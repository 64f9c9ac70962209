using System.Collections.Immutable;
using System.Globalization;
using Emend.Engine.Evaluating.Statistics;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.Logic.Rules;

namespace Emend.Engine.Observing.Drift;

/// <summary>
/// Looks at how agents, their logic and their inputs drift, and asks Releasing to suspend what does harm. Everything is worked out anew from the journal's
/// read models: the same signals give the same report, whatever was looked at before.
/// </summary>
internal sealed class WatchDrift(IWorkspaceStore store, DriftLabels labels, ReleaseLedger ledger, ServableBundles bundles, SuspendLogicHandler suspend, TimeProvider clock)
{
    /// <summary>Who suspends by itself.</summary>
    public static readonly Actor Watch = Actor.Policy("watch-drift");

    // A look costs a pass over the judged decisions: nothing new or too soon after the last one, and that one is good enough.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private (long Size, long At, ImmutableArray<DriftReport> Reports)? _last;

    /// <summary>Reports of all agents; at most a minute old.</summary>
    public ImmutableArray<DriftReport> All(DriftPolicy policy)
    {
        lock (_lock)
        {
            var (size, now) = (store.Size, Microseconds.Of(clock.GetUtcNow()));
            if (_last is { } last && (last.Size == size || (now >= last.At && now - last.At < (long)Fresh.TotalMicroseconds))) return last.Reports;
            ImmutableArray<DriftReport> reports = [.. labels.Agents().Select(agent => Of(agent, policy))];
            _last = (size, now, reports);
            return reports;
        }
    }

    /// <summary>The report of one agent, as of now.</summary>
    public DriftReport Of(string agent, DriftPolicy policy)
    {
        using var activity = ObservingTelemetry.Source.StartActivity("watch drift");
        var streams = AgentStreams.Of(labels.Of(agent), policy).Concat(Logic(agent, policy)).ToImmutableArray();
        var (earlier, later) = labels.Inputs(agent, policy.InputStretch);
        return new() { Agent = agent, Streams = streams, Inputs = [.. InputShift.Compare(earlier, later)], Policy = policy };
    }

    /// <summary>Suspends what does harm; answers what was suspended just now. Running it twice does no harm.</summary>
    public async Task<IReadOnlyList<LogicSuspended>> SuspendHarmfulAsync(IEnumerable<DriftReport> reports, CancellationToken cancel)
    {
        var suspended = new List<LogicSuspended>();
        foreach (var report in reports)
        {
            foreach (var stream in report.Harmful)
            {
                var id = stream.Kind == StreamKind.Corrector ? Suspension.Corrector : stream.Name;
                if (ledger.Board(report.Agent).Suspended.Ids.Contains(id, StringComparer.Ordinal)) continue;
                var why = string.Create(CultureInfo.InvariantCulture,
                    $"{stream.WatchedWrong} of {stream.Watched} changes whose right action is known were wrong, {stream.Breaks} of them made a right proposal wrong and {stream.Fixes} put a wrong one right; {stream.Tolerated:P1} is tolerated (evidence {stream.Evidence:0} of {report.AlarmLine(stream):0})");
                if (await suspend.SuspendAsync(new(report.Agent, id, why, Watch), cancel).ConfigureAwait(false) is not Answer<LogicSuspended>.Granted(var fact)) continue;
                ObservingTelemetry.Suspended.Add(1);
                suspended.Add(fact);
            }
        }
        return suspended;
    }

    private IEnumerable<StreamFinding> Logic(string agent, DriftPolicy policy)
    {
        var board = ledger.Board(agent);
        var acting = new[] { bundles.StableOf(board), board.Current?.Candidate }.OfType<string>().Distinct(StringComparer.Ordinal).Select(bundles.Find).OfType<Bundle>().ToList();
        var rules = acting.SelectMany(static bundle => bundle.Rules).DistinctBy(static rule => rule.Id, StringComparer.Ordinal).ToDictionary(static rule => rule.Id, StringComparer.Ordinal);
        // What no longer acts is not watched; what is suspended stays in sight.
        var groups = labels.ChangesOf(agent).GroupBy(static change => change.Rule, StringComparer.Ordinal)
            .Where(group => group.Key == Suspension.Corrector ? acting.Any(static bundle => bundle.Corrector is not null) : rules.ContainsKey(group.Key)).OrderBy(static group => group.Key, StringComparer.Ordinal).ToList();
        foreach (var group in groups)
        {
            var isCorrector = group.Key == Suspension.Corrector;
            var stream = new DriftStream(isCorrector ? StreamKind.Corrector : StreamKind.Rule, isCorrector ? "" : group.Key, policy, groups.Count, isCorrector ? policy.RuleTolerated : Tolerated(rules[group.Key], policy));
            foreach (var change in group) stream.Add(change.Case);
            yield return stream.Finding();
        }
    }

    // What its evidence could not exclude when it was learned; within bounds, since little evidence excludes nearly nothing.
    private static double Tolerated(Rule rule, DriftPolicy policy) =>
        rule.Right + rule.Wrong == 0 ? policy.RuleTolerated : Math.Clamp(ClopperPearson.Upper(rule.Wrong, rule.Right + rule.Wrong), policy.RuleTolerated / 2, 3 * policy.RuleTolerated);
}
