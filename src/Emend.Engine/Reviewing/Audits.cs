using Emend.Engine.Capturing;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;

namespace Emend.Engine.Reviewing;

/// <summary>How the drawn decisions of one agent stand.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Policy">How many are drawn now.</param>
/// <param name="Drawn">Drawn so far; gold items are left out.</param>
/// <param name="Answered">Of them, those a person ruled.</param>
/// <param name="Counting">Of those, the ones drawn before <paramref name="OldestOpen"/>: what proves something.</param>
/// <param name="OldestOpen">The decision drawn first that nobody ruled yet; null when all are answered.</param>
internal sealed record AuditStanding(string Agent, AuditPolicy Policy, long Drawn, long Answered, long Counting, string? OldestOpen)
{
    /// <summary>Drawn and not answered.</summary>
    public long Open => Drawn - Answered;
}

/// <summary>The decisions drawn for review, in the order in which they were drawn.</summary>
internal sealed class Audits(IWorkspaceStore store)
{
    // A gold item's answer is known beforehand: it measures people, not the agent.
    private const string IsOne = "a.agent = @agent AND a.entry < @upTo AND NOT EXISTS (SELECT 1 FROM gold_item g WHERE g.decision_id = a.decision_id)";
    private const string IsOpen = "NOT EXISTS (SELECT 1 FROM verdict v WHERE v.decision_id = a.decision_id AND v.entry < @upTo)";
    private const string Open = $"SELECT a.decision_id, a.entry FROM audit a WHERE {IsOne} AND {IsOpen} AND (a.entry, a.decision_id) > (@entry, @decision) ORDER BY a.entry, a.decision_id LIMIT @limit";
    private const string After = "SELECT a.decision_id FROM audit a WHERE a.agent = @agent AND a.entry >= @entry";
    private const string Answered = $"SELECT count(*) FROM audit a WHERE {IsOne} AND NOT {IsOpen} AND a.entry >= @entry";
    private const string Count = $"SELECT count(*), coalesce(sum({IsOpen}), 0) FROM audit a WHERE {IsOne}";

    /// <summary>
    /// Takes the propensity from cases drawn with or after a decision that still waits; what came in one batch is drawn at once. People answer what is easy first: answers that come while earlier ones are
    /// missing are no sample of what was drawn. They teach as they are, and count once the gap is closed.
    /// </summary>
    /// <param name="agent">The agent.</param>
    /// <param name="cases">Its cases.</param>
    /// <param name="upTo">Journal entries before this one count.</param>
    public IReadOnlyList<LearningCase> InOrder(string agent, IReadOnlyList<LearningCase> cases, long upTo)
    {
        if (OldestOpen(agent, upTo) is not var (_, entry)) return cases;
        var early = store.Read(connection => SignalRows.All(connection.Prepared(After).Bind("@agent", agent).Bind("@entry", entry), static row => row.GetString(0))).ToHashSet(StringComparer.Ordinal);
        return early.Count == 0 ? cases : [.. cases.Select(one => one.Propensity is not null && early.Contains(one.Decision.Id) ? one with { Propensity = null } : one)];
    }

    /// <summary>How the draws of an agent stand now.</summary>
    public AuditStanding Of(AgentDefinition agent)
    {
        var (drawn, open) = store.Read(connection => SignalRows.All(connection.Prepared(Count).Bind("@agent", agent.Id).Bind("@upTo", long.MaxValue), static row => (row.GetInt64(0), row.GetInt64(1))))[0];
        var oldest = OldestOpen(agent.Id, long.MaxValue);
        var early = oldest is not var (_, entry) ? 0 : store.Read(connection => SignalRows.All(
            connection.Prepared(Answered).Bind("@agent", agent.Id).Bind("@upTo", long.MaxValue).Bind("@entry", entry), static row => row.GetInt64(0)))[0];
        return new(agent.Id, agent.Audit, drawn, drawn - open, drawn - open - early, oldest?.Decision);
    }

    /// <summary>Journal entry before which everything that was drawn is answered, as it stood before <paramref name="upTo"/>.</summary>
    public long AnsweredTo(string agent, long upTo) => OldestOpen(agent, upTo) is var (decision, _) ? PlaceOf(decision).Entry : upTo;

    private RecordAt PlaceOf(string decision) => store.Read(connection => SignalRows.All(connection, SignalSql.Decision, "@id", decision, SignalRows.Decision))[0].At;

    // What was erased cannot be looked at any more: nobody is to blame for not answering, and it keeps nothing back. Asked with every correction that is
    // learned from, and mostly answered by the first row: a few at a time.
    private (string Decision, long Entry)? OldestOpen(string agent, long upTo)
    {
        const int Page = 16;
        var (decision, entry) = ("", -1L);
        while (true)
        {
            var open = store.Read(connection => SignalRows.All(
                connection.Prepared(Open).Bind("@agent", agent).Bind("@upTo", upTo).Bind("@entry", entry).Bind("@decision", decision).Bind("@limit", Page), static row => (Decision: row.GetString(0), Entry: row.GetInt64(1))));
            foreach (var one in open)
            {
                var at = store.Read(connection => SignalRows.All(connection, SignalSql.Decision, "@id", one.Decision, SignalRows.Decision))[0].At;
                if (!FieldText.IsErased(store.Record(at.Entry, at.Position))) return one;
            }
            if (open.Count < Page) return null;
            (decision, entry) = open[^1];
        }
    }
}
