using System.Collections.Concurrent;
using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;

namespace Emend.Engine.Trust;

/// <summary>Tries everybody's newest cases before they are learned from, as they come in: a bounded number of rulings, and only when enough are new.</summary>
internal sealed class WatchBatches(IWorkspaceStore store, Agents agents, LearningCases cases)
{
    /// <summary>Newest rulings of an agent that are looked at.</summary>
    public const int Newest = 2_000;

    private const int LooksAnewAfter = 25;

    private const string Ruled = "SELECT count(*) FROM ruling WHERE agent = @agent AND is_ruled = 1";
    private const string NewestOf = "SELECT decision_id FROM ruling WHERE agent = @agent AND is_ruled = 1 ORDER BY at_us DESC, decision_id LIMIT @limit";

    private readonly ConcurrentDictionary<string, (long Rulings, IReadOnlyList<(string, BatchFinding)> Found)> _known = new(StringComparer.Ordinal);

    /// <summary>Whose newest cases do harm, by agent.</summary>
    /// <param name="released">Since when somebody who was let out is looked at again, by name.</param>
    public IReadOnlyList<(string Agent, BatchFinding Finding)> Look(IReadOnlyDictionary<string, long> released) => [.. agents.All().SelectMany(agent => Look(agent, released))];

    private IReadOnlyList<(string, BatchFinding)> Look(AgentDefinition agent, IReadOnlyDictionary<string, long> released)
    {
        var rulings = store.Read(connection => SignalRows.All(connection, Ruled, "@agent", agent.Id, static row => row.GetInt64(0)))[0];
        if (_known.TryGetValue(agent.Id, out var known) && Math.Abs(rulings - known.Rulings) < LooksAnewAfter) return known.Found;
        var newest = store.Read(connection =>
        {
            using var select = connection.CreateCommand();
            select.CommandText = NewestOf;
            return SignalRows.All(select.Bind("@agent", agent.Id).Bind("@limit", Newest), static row => row.GetString(0));
        });
        IReadOnlyList<(string, BatchFinding)> found = [.. HarmfulBatch.Look([.. cases.Read(agent, newest, static signals => signals)], released).Where(static one => one.IsAlarming).Select(one => (agent.Id, one))];
        _known[agent.Id] = (rulings, found);
        return found;
    }
}
