namespace Emend.Engine.Reviewing;

/// <summary>Statements of the read model of reviews.</summary>
internal static class ReviewSql
{
    public const string AddVerdict = """
        INSERT INTO verdict (id, decision_id, principal, at_us, kind, action, args_mark, considered, entry, position)
        VALUES (@id, @decision, @by, @at, @kind, @action, @mark, @considered, @entry, @position)
        ON CONFLICT (id) DO NOTHING
        """;

    public const string VerdictsOfMany = """
        SELECT id, principal, at_us, kind, action, args_mark, considered, entry, position, EXISTS (SELECT 1 FROM quarantine q WHERE q.principal = verdict.principal), decision_id
          FROM (SELECT value AS asked FROM json_each(@ids)) CROSS JOIN verdict ON verdict.decision_id = asked
        """;
    public const string Verdict = "SELECT id, principal, at_us, kind, action, args_mark, considered, entry, position, EXISTS (SELECT 1 FROM quarantine q WHERE q.principal = verdict.principal) FROM verdict WHERE id = @id";

    public const string AddAudit = """
        INSERT INTO audit (decision_id, agent, propensity, at_us, entry) VALUES (@decision, @agent, @propensity, @at, @entry) ON CONFLICT (decision_id) DO NOTHING
        """;

    public const string AuditsOfMany = "SELECT decision_id, propensity, at_us, entry FROM (SELECT value AS asked FROM json_each(@ids)) CROSS JOIN audit ON audit.decision_id = asked";

    public const string PutRuling = """
        INSERT INTO ruling (decision_id, agent, lane, is_ruled, is_contested, is_wrong, truth, truth_from, truth_id, corrections, at_us, ruled_by, why, propensity, waits)
        VALUES (@decision, @agent, @lane, @ruled, @contested, @wrong, @truth, @from, @fromId, @corrections, @at, @by, @why, @propensity, @waits)
        ON CONFLICT (decision_id) DO UPDATE SET agent = excluded.agent, lane = excluded.lane, is_ruled = excluded.is_ruled, is_contested = excluded.is_contested,
            is_wrong = excluded.is_wrong, truth = excluded.truth, truth_from = excluded.truth_from, truth_id = excluded.truth_id,
            corrections = excluded.corrections, at_us = excluded.at_us, ruled_by = excluded.ruled_by, why = excluded.why,
            propensity = excluded.propensity, waits = excluded.waits
        """;

    public const string DropRuling = "DELETE FROM ruling WHERE decision_id = @decision";

    public const string JudgedOfAgent = "SELECT d.id FROM decision d JOIN correction c ON c.decision_id = d.id WHERE d.agent = @agent UNION SELECT decision_id FROM audit WHERE agent = @agent";

    public const string OpenAudits = "SELECT count(*) FROM ruling WHERE agent = @agent AND waits = 1 AND propensity IS NOT NULL AND ruled_by IS NULL";

    internal const string RulingColumns = "r.decision_id, r.lane, r.is_ruled, r.is_contested, r.is_wrong, r.truth, r.truth_from, r.truth_id, r.corrections, r.at_us, r.ruled_by, r.why, r.propensity";

    public const string Ruling = $"SELECT {RulingColumns} FROM ruling r WHERE r.decision_id = @decision";
    public const string Waiting = $"SELECT {RulingColumns} FROM ruling r WHERE r.waits = 1 AND (@agent IS NULL OR r.agent = @agent) ORDER BY r.at_us, r.decision_id";

    public const string WaitingPage = $"""
        SELECT {RulingColumns} FROM ruling r
         WHERE r.waits = 1 AND (r.at_us, r.decision_id) > (@at, @after)
         ORDER BY r.at_us, r.decision_id LIMIT @limit
        """;
    public const string WaitingPageOfAgent = $"""
        SELECT {RulingColumns} FROM ruling r
         WHERE r.waits = 1 AND r.agent = @agent AND (r.at_us, r.decision_id) > (@at, @after)
         ORDER BY r.at_us, r.decision_id LIMIT @limit
        """;
    public const string CountWaiting = "SELECT count(*) FROM (SELECT 1 FROM ruling r WHERE r.waits = 1 LIMIT @most)";
    public const string CountWaitingOfAgent = "SELECT count(*) FROM (SELECT 1 FROM ruling r WHERE r.waits = 1 AND r.agent = @agent LIMIT @most)";

    public const string DigestRulings = """
        SELECT decision_id, agent, lane, is_ruled, is_contested, is_wrong, truth, truth_from, truth_id, corrections, at_us, name_of(ruled_by), why, propensity, waits
          FROM ruling ORDER BY decision_id
        """;
    public const string DigestAudits = "SELECT decision_id, agent, propensity, at_us FROM audit ORDER BY decision_id";
    public const string DigestVerdicts = "SELECT id, decision_id, name_of(principal), at_us, kind, action, considered FROM verdict ORDER BY id";
}
