using Emend.Engine.Capturing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Logic;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Normalizing;

/// <summary>A stored decision and what is known of it today.</summary>
/// <param name="Decision">The decision; erased texts and features are missing from it.</param>
/// <param name="At">Where its record lies.</param>
/// <param name="IsErased">Whether something of it was erased.</param>
/// <param name="Truth">The right action, from the effective ruling, else from the latest <c>truth</c> outcome; null when not known.</param>
/// <param name="IsWrong">Whether the proposal was wrong; null when not known. A rejection makes it wrong without a truth.</param>
/// <param name="TruthAt">When that was said, microseconds since 1970 UTC.</param>
/// <param name="IsRuled">Whether it comes from a ruling.</param>
internal sealed record KnownDecision(Decision Decision, RecordAt At, bool IsErased, AgentAction? Truth, bool? IsWrong, long? TruthAt, bool IsRuled)
{
    /// <summary>Probability with which it could be drawn for review, drawn or not; 0: it could not.</summary>
    public double AuditShare { get; init; }
    /// <summary>Whether it was drawn and a person answered.</summary>
    public bool IsAudited { get; init; }
}

/// <summary>Reads decisions: by id, or all of an agent in the order of time, in bounded memory.</summary>
internal sealed class Decisions(IWorkspaceStore store)
{
    private const int Chunk = 512;

    /// <summary>A decision and what is known of it; null when it was not accepted.</summary>
    public KnownDecision? Find(string id) =>
        store.Read(connection => SignalRows.All(connection, SignalSql.Decision, "@id", id, SignalRows.Decision)) is [var facts] ? Known([facts]).Single() : null;

    /// <summary>How many decisions an agent made.</summary>
    public long Count(string agent) => store.Read(connection => SignalRows.All(connection, DecisionSql.Count, "@agent", agent, static row => row.GetInt64(0)))[0];

    /// <summary>All decisions of an agent by time and id.</summary>
    public IEnumerable<KnownDecision> Read(string agent)
    {
        foreach (var chunk in InTime(store, DecisionSql.InTimeOfAgent, agent))
            foreach (var known in Known(chunk))
                yield return known;
    }

    /// <summary>Some decisions, in the order of their ids as given; ids that were not accepted are left out.</summary>
    public IEnumerable<KnownDecision> ReadMany(IReadOnlyList<string> ids)
    {
        foreach (var part in ids.Chunk(Chunk))
        {
            var list = SignalProjection.List(part);
            foreach (var known in Known(store.Read(connection => SignalRows.All(connection, SignalSql.DecisionsAmong, "@ids", list, SignalRows.Decision)))) yield return known;
        }
    }

    /// <summary>Rows of decisions in the order that a statement gives their numbers in, a chunk at a time.</summary>
    internal static IEnumerable<IReadOnlyList<DecisionFacts>> InTime(IWorkspaceStore store, string numbers, string? agent)
    {
        // The numbers are small enough to hold for millions of decisions; the rows are not.
        var all = store.Read(connection => SignalRows.All(connection, numbers, agent is null ? null : "@agent", agent, static row => row.GetInt64(0)));
        for (var from = 0; from < all.Count; from += Chunk)
        {
            var list = "[" + string.Join(',', all.Skip(from).Take(Chunk)) + "]";
            yield return store.Read(connection => SignalRows.All(connection, DecisionSql.ByNumber, "@numbers", list, SignalRows.Decision));
        }
    }

    private IEnumerable<KnownDecision> Known(IReadOnlyList<DecisionFacts> chunk)
    {
        var ids = SignalProjection.List(chunk.Select(static d => d.Id));
        var (standings, outcomes) = store.Read(connection => (
            SignalRows.All(connection, DecisionSql.RulingsOf, "@ids", ids, ReviewProjection.Row).ToDictionary(static r => r.DecisionId, static r => r.Standing, StringComparer.Ordinal),
            Latest(connection, ids)));
        var (records, truths) = (new StoredRecords(store), new StoredRecords(store));
        foreach (var facts in chunk)
        {
            var record = records[facts.At];
            var decision = DecisionRecord.Read(record);
            var erased = FieldText.IsErased(record);
            var share = FieldText.Number(record[DecisionRecord.AuditShare]) ?? 0;
            if (standings.TryGetValue(facts.Id, out var standing) && (standing.Truth is not null || !outcomes.ContainsKey(facts.Id)))
            {
                var truth = TruthReader.Of(store, truths, decision, standing);
                yield return new(decision, facts.At, erased, truth, standing.IsWrong, standing.At, IsRuled: true) { AuditShare = share, IsAudited = standing is { Propensity: not null, RuledBy: not null } };
            }
            else if (outcomes.TryGetValue(facts.Id, out var at))
            {
                var outcome = OutcomeRecord.Read(truths[at]);
                yield return new(decision, facts.At, erased, outcome.Action, outcome.Action!.Label != decision.Proposed.Label, outcome.At, IsRuled: false) { AuditShare = share };
            }
            else yield return new(decision, facts.At, erased, null, null, null, IsRuled: false) { AuditShare = share };
        }
    }

    // Rows come oldest first, so that the latest of a decision stays.
    private static Dictionary<string, RecordAt> Latest(SqliteConnection connection, string ids)
    {
        var latest = new Dictionary<string, RecordAt>(StringComparer.Ordinal);
        foreach (var (id, at) in SignalRows.All(connection, DecisionSql.TruthsOf, "@ids", ids, static row => (row.GetString(0), new RecordAt(row.GetInt64(1), row.GetInt32(2)))))
            latest[id] = at;
        return latest;
    }
}

/// <summary>Statements that read decisions in bulk.</summary>
internal static class DecisionSql
{
    public const string Count = "SELECT count(*) FROM decision WHERE agent = @agent";
    public const string InTimeOfAgent = "SELECT seq FROM decision WHERE agent = @agent ORDER BY occurred_us, id";
    public const string InTime = "SELECT seq FROM decision ORDER BY occurred_us, id";
    public const string JudgedInTime = "SELECT d.seq FROM ruling r JOIN decision d ON d.id = r.decision_id WHERE r.agent = @agent ORDER BY d.occurred_us, d.id";

    // CROSS JOIN keeps the order of the list.
    public const string ByNumber = """
        SELECT d.id, d.agent, d.occurred_us, d.task_type, d.action, d.args_mark, d.confidence, d.entry, d.position
          FROM json_each(@numbers) n CROSS JOIN decision d ON d.seq = n.value
        """;

    public const string RulingsOf = """
        SELECT decision_id, lane, is_ruled, is_contested, is_wrong, truth, truth_from, truth_id, corrections, at_us, ruled_by, why, propensity
          FROM ruling WHERE is_ruled = 1 AND decision_id IN (SELECT value FROM json_each(@ids))
        """;

    public const string TruthsOf = """
        SELECT decision_id, entry, position FROM outcome
         WHERE metric = 'truth' AND decision_id IN (SELECT value FROM json_each(@ids)) ORDER BY at_us
        """;
}
