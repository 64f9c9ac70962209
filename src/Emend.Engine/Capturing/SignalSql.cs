namespace Emend.Engine.Capturing;

/// <summary>Statements of the read model of signals: decisions, corrections, outcomes.</summary>
internal static class SignalSql
{
    public const string AddDecision = """
        INSERT INTO decision (id, agent, occurred_us, task_type, action, args_mark, confidence, audit_share, entry, position)
        VALUES (@id, @agent, @at, @task, @action, @mark, @confidence, @auditShare, @entry, @position)
        """;

    public const string AddCorrection = """
        INSERT INTO correction (id, decision_id, verdict, action, args_mark, reason, principal, at_us, is_parked, is_withdrawn, entry, position, recorded_us)
        VALUES (@id, @decision, @verdict, @action, @mark, @reason, @by, @at, NOT EXISTS (SELECT 1 FROM decision WHERE id = @decision), 0, @entry, @position, @recorded)
        """;

    public const string AddOutcome = """
        INSERT INTO outcome (decision_id, metric, at_us, value, action, is_parked, entry, position, recorded_us)
        VALUES (@decision, @metric, @at, @value, @action, NOT EXISTS (SELECT 1 FROM decision WHERE id = @decision), @entry, @position, @recorded)
        """;

    // The decisions of one entry arrive together: one statement finds what was waiting for any of them.
    public const string UnparkCorrections = "UPDATE correction SET is_parked = 0 WHERE is_parked = 1 AND decision_id IN (SELECT value FROM json_each(@ids))";
    public const string UnparkOutcomes = "UPDATE outcome SET is_parked = 0 WHERE is_parked = 1 AND decision_id IN (SELECT value FROM json_each(@ids))";

    private const string Asked = "(SELECT value AS asked FROM json_each(@ids))";

    public const string Withdraw = "UPDATE correction SET is_withdrawn = 1 WHERE id = @id";

    private const string DecisionColumns = "id, agent, occurred_us, task_type, action, args_mark, confidence, entry, position";
    private const string CorrectionColumns = "id, decision_id, verdict, action, args_mark, reason, principal, at_us, is_parked, is_withdrawn, entry, position, EXISTS (SELECT 1 FROM quarantine q WHERE q.principal = correction.principal)";

    public const string Decision = $"SELECT {DecisionColumns} FROM decision WHERE id = @id";

    // For lists in which nothing stands twice. A join looks each id up as it comes; IN would first build a table of them.
    public const string Decisions = $"SELECT {DecisionColumns} FROM {Asked} CROSS JOIN decision ON decision.id = asked";
    public const string KnownDecisions = $"SELECT id FROM {Asked} CROSS JOIN decision ON decision.id = asked";
    public const string KnownCorrections = $"SELECT id FROM {Asked} CROSS JOIN correction ON correction.id = asked";

    // For lists in which something may stand twice.
    public const string DecisionsAmong = $"SELECT {DecisionColumns} FROM decision WHERE id IN (SELECT value FROM json_each(@ids))";

    public const string Correction = $"SELECT {CorrectionColumns} FROM correction WHERE id = @id";
    public const string Corrections = $"SELECT {CorrectionColumns} FROM {Asked} CROSS JOIN correction ON correction.id = asked";
    public const string CorrectionsOf = $"SELECT {CorrectionColumns} FROM correction WHERE decision_id = @decision ORDER BY id";
    public const string CorrectionsOfMany = $"SELECT {CorrectionColumns} FROM {Asked} CROSS JOIN correction ON correction.decision_id = asked";
    public const string CorrectionPlaces = "SELECT entry, position FROM correction WHERE is_withdrawn = 0 ORDER BY at_us, id";
    public const string Corrected = $"SELECT asked FROM {Asked} WHERE EXISTS (SELECT 1 FROM correction WHERE decision_id = asked)";

    public const string Outcomes = $"SELECT decision_id, metric, at_us, entry, position FROM {Asked} CROSS JOIN outcome ON outcome.decision_id = asked";
    public const string OutcomePlaces = "SELECT entry, position FROM outcome ORDER BY at_us, decision_id, metric";

    public const string ParkedCorrections = "SELECT id, decision_id, recorded_us FROM correction WHERE is_parked = 1 ORDER BY recorded_us, decision_id, id LIMIT @limit";
    public const string ParkedOutcomes = "SELECT metric, decision_id, recorded_us FROM outcome WHERE is_parked = 1 ORDER BY recorded_us, decision_id, metric LIMIT @limit";

    public const string DigestDecisions = "SELECT id, agent, occurred_us, task_type, action, confidence, audit_share FROM decision ORDER BY id";
    public const string DigestCorrections = "SELECT id, decision_id, verdict, action, reason, name_of(principal), at_us, is_parked, is_withdrawn FROM correction ORDER BY id";
    public const string DigestOutcomes = "SELECT decision_id, metric, at_us, value, action, is_parked FROM outcome ORDER BY decision_id, metric, at_us";
}
