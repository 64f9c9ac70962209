using System.Globalization;
using Emend.Cli.Output;
using Emend.Engine;
using Emend.Engine.Capturing;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Observing.Drift;
using Emend.Engine.Serving;
using Emend.Engine.Trust;
using Emend.Logic;

namespace Emend.Cli.Commands.Demo;

/// <summary>What can go wrong after a release: somebody who means harm, and a desk that changes under rules that were right.</summary>
internal sealed class DemoTroubles(Terminal terminal, EmendEngine engine, DemoData data, DemoLogs logs)
{
    private const string Attacker = "vic";
    private const int Lies = 20, Chunk = 20, Rounds = 2;
    private static readonly Actor Lead = new("mira"), Operator = new("olu");

    /// <summary>Corrections of the attacker that were set aside.</summary>
    public int SetAside { get; private set; }

    /// <summary>Rules that were suspended after the desk had changed.</summary>
    public IReadOnlyList<string> Suspended { get; private set; } = [];

    /// <summary>Somebody turns answers that are right into another one; an alarm names them, a person puts them into quarantine.</summary>
    public async Task LieAsync(CancellationToken cancel)
    {
        if (Lie() is not ({ Count: > 0 } lies, { } from, { } to))
        {
            terminal.Line("Too few decisions are right to lie about them.");
            return;
        }
        await logs.ImportAsync(LogKind.Corrections, "lies", lies, cancel);
        terminal.Line($"{Attacker} says of {lies.Count} decisions for {from} that {to} was right. It was not.");
        var alerts = await AlertsAsync(AlertKind.QuarantineSuggested, cancel);
        foreach (var alert in alerts) terminal.Line($"Alert {alert.Kind}: {alert.Summary}");
        if (alerts.Count == 0) terminal.Line("No alarm: so few cannot be told from chance yet. People need not wait for one.");

        var done = Invocation.Take(await engine.Quarantines.HandleAsync(new QuarantineSubmitter(Attacker, $"turned right answers into {to}", Lead), cancel));
        SetAside = done.Agents.Sum(static effect => effect.Corrections);
        terminal.Line($"{Lead} looks at them and puts {Attacker} into quarantine: nothing {Attacker} says or said counts until somebody lets them out.");
        var next = Invocation.Take(await terminal.ProgressAsync("Learning", _ => Task.Run(() => engine.Prepare.HandleAsync(new PrepareCandidate(data.Agent.Id, Lead), cancel), cancel)));
        var lied = lies.Select(static lie => lie.DecisionId).ToHashSet(StringComparer.Ordinal);
        terminal.Line($"{Format.Number(SetAside)} corrections are set aside. A candidate built now stands on {Format.Number(next.Built.Report.Cases)} reviewed decisions; {Format.Number(next.Built.Bundle.Rules.Count(rule => rule.Evidence.Any(lied.Contains)))} of its rules rest on what {Attacker} said.");
    }

    /// <summary>The desk goes back on what the rules were learned from: drift suspends those that now do harm.</summary>
    public async Task ChangeAsync(CancellationToken cancel)
    {
        var id = data.Agent.Id;
        if (engine.Ledger.Board(id) is not { Served: not null, Current: null })
        {
            terminal.Line("Nothing learned is served to everybody, so nothing can go stale.");
            return;
        }
        var suspended = new List<(string Rule, int After)>();
        var (served, broken) = (0, 0);
        await terminal.ProgressAsync("Serving", async share =>
        {
            var total = Rounds * data.Live.Count;
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var chunk in data.Live.Chunk(Chunk))
                {
                    var again = chunk.Select(decision => Later(decision, round)).ToList();
                    await logs.ImportAsync(LogKind.Decisions, "later", again, cancel);
                    var results = new List<ServedDecision>();
                    await engine.Serve.HandleAsync(new ServeDecisions(again, Operator) { Served = results.Add }, cancel);
                    // What the logic changes was right as the agent had it; what it leaves alone is as right as it was.
                    var outcomes = results.Select(one => new Outcome { DecisionId = one.Decision.Id, Metric = Outcome.Truth, Action = one.IsChanged ? one.Decision.Proposed : Known(one.Decision.Id), At = one.Decision.OccurredAt + 60_000_000 }).Where(static one => one.Action is not null);
                    await logs.ImportAsync(LogKind.Outcomes, "later", outcomes, cancel);
                    served += results.Count;
                    broken += results.Count(static one => one.IsChanged);
                    suspended.AddRange((await engine.Drift.SuspendHarmfulAsync([engine.Drift.Of(id, DriftPolicy.Default)], cancel)).Select(fact => (fact.Id, served)));
                    share.Report((double)served / total);
                }
            }
            return true;
        });
        Suspended = [.. suspended.Select(static one => one.Rule)];
        terminal.Line($"Weeks later what the rules were learned from is taken back. The same {Format.Number(data.Live.Count)} cases come again, {Rounds} times over; what the rules change is wrong now.");
        if (suspended.Count == 0)
        {
            terminal.Line("No rule changed enough of them to be refuted.");
            return;
        }
        foreach (var (rule, after) in suspended) terminal.Line($"  after {Format.Number(after)} decisions rule {rule} is suspended by itself: what it changes is wrong more often than its evidence allowed");
        var alerts = await AlertsAsync(AlertKind.LogicSuspended, cancel);
        terminal.Line($"{Format.Number(broken)} of {Format.Number(served)} decisions were changed for the worse until the agent's own answers stood again. {Format.Number(alerts.Count)} alerts of kind {AlertKind.LogicSuspended.Code} are open; a person restores a rule, or learns anew.");
    }

    // Decisions for one action, right and not looked at, turned into one that is far away.
    private (IReadOnlyList<Correction> Lies, string? From, string? To) Lie()
    {
        var right = data.Past.Concat(data.Live).Where(one => data.Truth.TryGetValue(one.Id, out var truth) && truth.Label == one.Proposed.Label).ToList();
        var mark = right.GroupBy(static one => one.Proposed.Label, StringComparer.Ordinal).OrderByDescending(static group => group.Count()).ThenBy(static group => group.Key, StringComparer.Ordinal).FirstOrDefault();
        if (mark is null) return ([], null, null);
        var to = right.GroupBy(static one => one.Proposed.Label, StringComparer.Ordinal).OrderBy(static group => group.Count()).ThenBy(static group => group.Key, StringComparer.Ordinal).First().Key;
        return ([.. mark.Where(one => !data.Corrections[one.Id].Any()).TakeLast(Lies).Select(one => CorrectionOf(one, to))], mark.Key, to);
    }

    private static Correction CorrectionOf(Decision decision, string to) =>
        new() { Id = "", DecisionId = decision.Id, Verdict = CorrectionVerdict.Modify, Action = new(to), By = Attacker, At = decision.OccurredAt + 60_000_000 };

    private static Decision Later(Decision decision, int round) => decision with
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"{decision.Id}-{round + 1}"),
        OccurredAt = decision.OccurredAt + (long)TimeSpan.FromDays(28 * (round + 1)).TotalMicroseconds,
    };

    private AgentAction? Known(string later) => data.Truth.GetValueOrDefault(later[..later.LastIndexOf('-')]);

    private async Task<IReadOnlyList<Alert>> AlertsAsync(AlertKind kind, CancellationToken cancel)
    {
        await engine.WatchForAlerts.LookAsync(AlertPolicy.Default, Surroundings.Unknown, cancel);
        return [.. engine.Alerts.Open().Where(alert => string.Equals(alert.Kind, kind.Code, StringComparison.Ordinal))];
    }
}
