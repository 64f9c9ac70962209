namespace Emend.Engine.Trust;

/// <summary>Statements of the read model of trust.</summary>
internal static class TrustSql
{
    public const string AddWord = """
        INSERT INTO trust_word (principal, at_us, kind, said_by, entry, position) VALUES (@principal, @at, @kind, @by, @entry, @position)
        ON CONFLICT (principal, at_us, kind) DO NOTHING
        """;

    private const string LastWord = "SELECT kind, at_us FROM trust_word WHERE principal = @principal ORDER BY at_us DESC, kind DESC LIMIT 1";

    public const string Enter = $"""
        INSERT INTO quarantine (principal, since_us) SELECT @principal, at_us FROM ({LastWord}) WHERE kind = 1
        ON CONFLICT (principal) DO UPDATE SET since_us = excluded.since_us
        """;
    public const string Leave = $"DELETE FROM quarantine WHERE principal = @principal AND (SELECT kind FROM ({LastWord})) = 0";

    public const string Judged = "SELECT decision_id FROM correction WHERE principal = @principal UNION SELECT decision_id FROM verdict WHERE principal = @principal";

    public const string AddGoldWord = """
        INSERT INTO gold_word (decision_id, at_us, kind, agent, action, args_mark, said_by, entry, position)
        VALUES (@decision, @at, @kind, @agent, @action, @mark, @by, @entry, @position)
        ON CONFLICT (decision_id, at_us, kind) DO NOTHING
        """;

    private const string LastGoldWord = "SELECT kind, agent, action, args_mark, at_us FROM gold_word WHERE decision_id = @decision ORDER BY at_us DESC, kind DESC LIMIT 1";

    public const string PutGold = $"""
        INSERT INTO gold_item (decision_id, agent, action, args_mark, at_us) SELECT @decision, agent, action, args_mark, at_us FROM ({LastGoldWord}) WHERE kind = 1
        ON CONFLICT (decision_id) DO UPDATE SET agent = excluded.agent, action = excluded.action, args_mark = excluded.args_mark, at_us = excluded.at_us
        """;
    public const string DropGold = $"DELETE FROM gold_item WHERE decision_id = @decision AND (SELECT kind FROM ({LastGoldWord})) = 0";

    public const string IsQuarantined = "SELECT since_us FROM quarantine WHERE principal = @principal";
    public const string IsGold = "SELECT 1 FROM gold_item WHERE decision_id = @decision";
    public const string GoldOf = "SELECT decision_id FROM gold_item WHERE agent = @agent";
    public const string Gold = "SELECT decision_id, agent, action, at_us FROM gold_item WHERE (@agent IS NULL OR agent = @agent) ORDER BY agent, decision_id";

    // As things stood before a journal entry.
    public const string QuarantinedAt = """
        SELECT principal FROM (SELECT principal, kind, row_number() OVER (PARTITION BY principal ORDER BY at_us DESC, kind DESC) AS newest FROM trust_word WHERE entry < @upTo)
         WHERE newest = 1 AND kind = 1
        """;
    public const string GoldAt = """
        SELECT decision_id FROM (SELECT decision_id, kind, row_number() OVER (PARTITION BY decision_id ORDER BY at_us DESC, kind DESC) AS newest FROM gold_word WHERE entry < @upTo AND agent = @agent)
         WHERE newest = 1 AND kind = 1
        """;
    public const string ReleasedAt = """
        SELECT principal, at_us FROM (SELECT principal, kind, at_us, row_number() OVER (PARTITION BY principal ORDER BY at_us DESC, kind DESC) AS newest FROM trust_word WHERE entry < @upTo)
         WHERE newest = 1 AND kind = 0
        """;

    // What somebody said last of each decision whose answer is known, or that a person ruled on who is somebody else.
    public const string GoldAnswers = """
        SELECT c.principal, c.verdict, c.action, c.args_mark, c.at_us, d.action, d.args_mark, g.action, g.args_mark, c.decision_id, c.id
          FROM (SELECT decision_id, kind, action, args_mark, row_number() OVER (PARTITION BY decision_id ORDER BY at_us DESC, kind DESC) AS newest FROM gold_word WHERE entry < @upTo AND agent = @agent) g
          JOIN correction c ON c.decision_id = g.decision_id JOIN decision d ON d.id = g.decision_id
         WHERE g.newest = 1 AND g.kind = 1 AND c.is_withdrawn = 0 AND c.entry < @upTo
         UNION ALL
        SELECT v.principal, v.kind, v.action, v.args_mark, v.at_us, d.action, d.args_mark, g.action, g.args_mark, v.decision_id, v.id
          FROM (SELECT decision_id, kind, action, args_mark, row_number() OVER (PARTITION BY decision_id ORDER BY at_us DESC, kind DESC) AS newest FROM gold_word WHERE entry < @upTo AND agent = @agent) g
          JOIN verdict v ON v.decision_id = g.decision_id JOIN decision d ON d.id = g.decision_id
         WHERE g.newest = 1 AND g.kind = 1 AND v.entry < @upTo
        """;
    // Arguments of a ruling carry no mark that could be compared across records: the label decides.
    public const string Adjudicated = """
        SELECT c.principal, c.verdict, c.action, NULL, c.at_us, d.action, NULL, CASE v.kind WHEN 0 THEN d.action WHEN 1 THEN v.action END, NULL, c.decision_id, c.id
          FROM (SELECT id, decision_id, principal, kind, action, row_number() OVER (PARTITION BY decision_id ORDER BY at_us DESC, id DESC) AS newest FROM verdict WHERE entry < @upTo) v
          JOIN decision d ON d.id = v.decision_id JOIN correction c ON c.decision_id = v.decision_id
         WHERE d.agent = @agent AND v.newest = 1 AND v.principal <> c.principal AND c.is_withdrawn = 0 AND c.entry < @upTo
           AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.principal = v.principal)
        """;

    public const string Traffic = "SELECT count(*) FROM decision WHERE agent = @agent AND action = @action AND occurred_us BETWEEN @from AND @to AND entry < @upTo";

    public const string Submitters = """
        SELECT c.principal, count(*), sum(c.verdict <> 0), min(c.at_us), max(c.at_us), (SELECT q.since_us FROM quarantine q WHERE q.principal = c.principal)
          FROM correction c WHERE c.is_withdrawn = 0 GROUP BY c.principal ORDER BY count(*) DESC, c.principal LIMIT @limit
        """;
    public const string Spoke = """
        SELECT EXISTS (SELECT 1 FROM correction WHERE principal = @principal) OR EXISTS (SELECT 1 FROM verdict WHERE principal = @principal)
            OR EXISTS (SELECT 1 FROM trust_word WHERE principal = @principal)
        """;
    public const string OfSubmitter = """
        SELECT c.id, c.decision_id, d.agent, c.entry FROM correction c JOIN decision d ON d.id = c.decision_id
         WHERE c.principal = @principal AND c.is_withdrawn = 0 ORDER BY c.id
        """;
    public const string Words = "SELECT kind, at_us, said_by, entry, position FROM trust_word WHERE principal = @principal ORDER BY at_us, kind";

    public const string DigestQuarantine = "SELECT name_of(principal), since_us FROM quarantine ORDER BY name_of(principal)";
    public const string DigestWords = "SELECT name_of(principal), at_us, kind, name_of(said_by) FROM trust_word ORDER BY name_of(principal), at_us, kind";
    public const string DigestGold = "SELECT decision_id, agent, action, at_us FROM gold_item ORDER BY decision_id";
}
