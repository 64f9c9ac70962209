-- Decisions that a coin drew for a person to look at, whatever they were: the only ones whose share of errors says anything of the others.
CREATE TABLE audit (
    decision_id TEXT PRIMARY KEY,
    agent       TEXT NOT NULL,
    propensity  REAL NOT NULL,      -- with which it was drawn, above 0 and at most 1
    at_us       INTEGER NOT NULL,   -- when it was decided
    entry       INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX audit_by_agent ON audit (agent, entry, decision_id);

-- Probability with which a decision could be drawn, drawn or not; null: it could not. Estimates are of the decisions that could.
ALTER TABLE decision ADD COLUMN audit_share REAL;

-- A drawn decision waits until a person ruled, even where policy accepted a correction of it.
ALTER TABLE ruling ADD COLUMN propensity REAL;
ALTER TABLE ruling ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
UPDATE ruling SET waits = 1 WHERE is_ruled = 0 OR is_contested = 1;
DROP INDEX ruling_page;
DROP INDEX ruling_page_of_agent;
CREATE INDEX ruling_page ON ruling (at_us, decision_id) WHERE waits = 1;
-- What people ruled lately: what a look at more of the same is worth.
CREATE INDEX ruling_by_person ON ruling (at_us) WHERE ruled_by IS NOT NULL;
CREATE INDEX ruling_page_of_agent ON ruling (agent, at_us, decision_id) WHERE waits = 1;
