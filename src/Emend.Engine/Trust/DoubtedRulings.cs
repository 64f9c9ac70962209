using System.Collections.Concurrent;
using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;

namespace Emend.Engine.Trust;

/// <summary>A ruling that is worth a second look.</summary>
/// <param name="Suspect">What was ruled, and what cases like it were ruled.</param>
/// <param name="Agent">Its agent.</param>
/// <param name="Standing">Where the decision stands.</param>
internal sealed record DoubtedRuling(LabelSuspect Suspect, string Agent, Standing Standing)
{
    /// <summary>Why a person is asked.</summary>
    public string WhyAsked => $"accepted as '{Suspect.Ruled}', cases like it were ruled '{Suspect.Likelier}'";
}

/// <summary>
/// Sends rulings that look out of place to a second review: those that policy accepted and no person has looked at. A ruling settles the doubt either way. They ask
/// for at most a twentieth of what waits for people (one where less waits), the most out of place first.
/// </summary>
/// <remarks>Nothing is stored: doubts follow from the rulings. Looking anew costs a pass over the newest, so it is done when they have changed by a fiftieth.</remarks>
internal sealed class DoubtedRulings(IWorkspaceStore store, Agents agents, LearningCases cases, ListReviews reviews)
{
    /// <summary>Most of the queue that doubts may ask for, as a share of what waits.</summary>
    public const double MostOfQueue = 0.05;

    private const int Newest = 4_000;
    private const double LooksAnewAfter = 0.02;

    private const string Accepted = "SELECT count(*) FROM ruling WHERE agent = @agent AND is_ruled = 1";
    private const string NewestOf = "SELECT decision_id FROM ruling WHERE agent = @agent AND is_ruled = 1 ORDER BY at_us DESC, decision_id LIMIT @limit";

    private readonly ConcurrentDictionary<string, (long Rulings, IReadOnlyList<LabelSuspect> Suspects)> _known = new(StringComparer.Ordinal);

    /// <summary>What is worth a second look now, the most out of place first.</summary>
    /// <param name="agent">Only of this agent; null: of all.</param>
    public IReadOnlyList<DoubtedRuling> Of(string? agent = null)
    {
        var doubted = new List<DoubtedRuling>();
        foreach (var one in agents.All())
        {
            if (agent is not null && !string.Equals(one.Id, agent, StringComparison.Ordinal)) continue;
            foreach (var suspect in Suspects(one))
                if (reviews.Of(suspect.DecisionId) is { IsRuled: true, RuledBy: null, IsContested: false } standing) doubted.Add(new(suspect, one.Id, standing));
        }
        var most = Math.Max(1, (int)(MostOfQueue * reviews.Waiting(agent).Count));
        return [.. doubted.OrderByDescending(static one => one.Suspect.Margin).ThenBy(static one => one.Suspect.DecisionId, StringComparer.Ordinal).Take(most)];
    }

    private IReadOnlyList<LabelSuspect> Suspects(AgentDefinition agent)
    {
        var (rulings, newest) = store.Read(connection =>
        {
            using var count = connection.CreateCommand();
            count.CommandText = Accepted;
            using var select = connection.CreateCommand();
            select.CommandText = NewestOf;
            return ((long)count.Bind("@agent", agent.Id).ExecuteScalar()!, SignalRows.All(select.Bind("@agent", agent.Id).Bind("@limit", Newest), static row => row.GetString(0)));
        });
        if (_known.TryGetValue(agent.Id, out var known) && Math.Abs(rulings - known.Rulings) <= LooksAnewAfter * known.Rulings) return known.Suspects;
        var suspects = LabelSuspects.Of([.. cases.Read(agent, newest, static signals => signals)]);
        _known[agent.Id] = (rulings, suspects);
        return suspects;
    }
}
