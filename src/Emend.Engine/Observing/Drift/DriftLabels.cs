using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Serving;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Observing.Drift;

/// <summary>A change that logic made to a decision whose right action is known.</summary>
/// <param name="Rule">Id of the rule; <see cref="Suspension.Corrector"/> for the corrector.</param>
/// <param name="Case">How it did.</param>
internal readonly record struct JudgedChange(string Rule, JudgedCase Case);

/// <summary>
/// Reads what drift is judged by: decisions whose right action was revealed by an outcome, whatever the agent had done. Corrections are not among them: people
/// volunteer those where something looks wrong, and a rate of errors taken from them would say how often people look.
/// </summary>
internal sealed class DriftLabels(IWorkspaceStore store, Decisions decisions)
{
    // Rows come oldest first, so that the latest word on a decision stays.
    internal const string Labelled = """
        SELECT d.id, d.action, d.task_type, o.action, o.at_us
          FROM decision d JOIN outcome o ON o.decision_id = d.id AND o.metric = 'truth'
         WHERE d.agent = @agent ORDER BY o.at_us
        """;

    private const string Changed = """
        SELECT e.decision, e.cause, e.rule, e.proposed, e.final, e.served_us
          FROM exposure e WHERE e.agent = @agent AND e.changed = 1 AND EXISTS (SELECT 1 FROM outcome o WHERE o.decision_id = e.decision AND o.metric = 'truth')
        """;

    private readonly record struct Change(string Decision, string Rule, string Proposed, string? Final, long ServedAt);

    /// <summary>Agents with at least one labelled decision, sorted.</summary>
    public IReadOnlyList<string> Agents() => store.Read(static connection => SignalRows.All(connection, "SELECT DISTINCT agent FROM decision ORDER BY agent", null, null, static row => row.GetString(0)));

    /// <summary>From when on something is watched anew: an agent whose drift a person accepted, logic that was restored.</summary>
    private Dictionary<string, long> Epochs(string agent) =>
        store.Read(connection => SignalRows.All(connection, DriftProjection.Epochs, "@agent", agent, static row => (row.GetString(0), row.GetInt64(1)))).ToDictionary(static one => one.Item1, static one => one.Item2, StringComparer.Ordinal);

    /// <summary>The labelled decisions of an agent, in the order in which their right action became known.</summary>
    public IReadOnlyList<LabelledDecision> Of(string agent)
    {
        var since = Epochs(agent).GetValueOrDefault(DriftProjection.OfAgent);
        var latest = new Dictionary<string, LabelledDecision>(StringComparer.Ordinal);
        foreach (var one in store.Read(connection => SignalRows.All(connection, Labelled, "@agent", agent, static row => new LabelledDecision(
            row.GetInt64(4), row.GetString(0), row.GetString(1), SignalRows.Text(row, 2), !string.Equals(row.GetString(1), SignalRows.Text(row, 3), StringComparison.Ordinal)))))
            latest[one.Decision] = one;
        return [.. latest.Values.Where(one => one.At >= since).OrderBy(static one => one.At).ThenBy(static one => one.Decision, StringComparer.Ordinal)];
    }

    /// <summary>What rules and the corrector changed of them, in the same order.</summary>
    public IReadOnlyList<JudgedChange> ChangesOf(string agent)
    {
        var epochs = Epochs(agent);
        var changes = store.Read(connection => SignalRows.All(connection, Changed, "@agent", agent, static row => (
            Cause: (Cause)row.GetInt32(1), Change: new Change(row.GetString(0), SignalRows.Text(row, 2) ?? Suspension.Corrector, row.GetString(3), SignalRows.Text(row, 4), row.GetInt64(5)))))
            .Where(one => one.Cause is Cause.Rule or Cause.Corrector && one.Change.ServedAt >= epochs.GetValueOrDefault(one.Change.Rule)).ToDictionary(static one => one.Change.Decision, static one => one.Change, StringComparer.Ordinal);
        var judged = new List<JudgedChange>(changes.Count);
        foreach (var known in decisions.ReadMany([.. changes.Keys.Order(StringComparer.Ordinal)]))
        {
            var change = changes[known.Decision.Id];
            if (known.Truth is not { } truth || change.Final is null) continue;
            var right = ExposureJournal.MarkOf(store, truth);
            var (wasRight, isRight) = (string.Equals(change.Proposed, right, StringComparison.Ordinal), string.Equals(change.Final, right, StringComparison.Ordinal));
            judged.Add(new(change.Rule, new(known.TruthAt ?? known.Decision.OccurredAt, change.Decision, !isRight, IsBreak: wasRight && !isRight, IsFix: isRight && !wasRight)));
        }
        return [.. judged.OrderBy(static one => one.Case.At).ThenBy(static one => one.Case.Decision, StringComparer.Ordinal)];
    }

    /// <summary>Inputs of an agent's newest decisions, in the order of time: the earlier stretch and the later one.</summary>
    public (IReadOnlyList<Context> Earlier, IReadOnlyList<Context> Later) Inputs(string agent, int stretch)
    {
        var ids = store.Read(connection =>
        {
            using var select = connection.CreateCommand();
            select.CommandText = "SELECT id FROM decision WHERE agent = @agent ORDER BY occurred_us DESC, id DESC LIMIT @limit";
            return SignalRows.All(select.Bind("@agent", agent).Bind("@limit", 2 * stretch), static row => row.GetString(0));
        });
        ids.Reverse();
        var byId = decisions.ReadMany(ids).ToDictionary(static known => known.Decision.Id, static known => known.Decision.Context, StringComparer.Ordinal);
        var contexts = ids.Where(byId.ContainsKey).Select(id => byId[id]).ToList();
        var split = contexts.Count / 2;
        return (contexts[..split], contexts[split..]);
    }
}
