-- Trust. Projections of the `trust.*` entries; reasons stay in the journal.

-- Everything that was said about whether a submitter's word counts. The latest by time prevails; of two at once, quarantine.
CREATE TABLE trust_word (
    principal TEXT NOT NULL,        -- pseudonym
    at_us     INTEGER NOT NULL,
    kind      INTEGER NOT NULL,     -- 1: into quarantine, 0: out of it
    said_by   TEXT NOT NULL,        -- pseudonym
    entry     INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    PRIMARY KEY (principal, at_us, kind)
) WITHOUT ROWID;

-- Whose word does not count now. Small and mostly empty: every reading of a correction looks here.
CREATE TABLE quarantine (
    principal TEXT PRIMARY KEY,
    since_us  INTEGER NOT NULL
) WITHOUT ROWID;

-- Decisions whose answer is known beforehand, for measuring people. Never learned from.
CREATE TABLE gold_word (
    decision_id TEXT NOT NULL,
    at_us       INTEGER NOT NULL,
    kind        INTEGER NOT NULL,   -- 1: is one, 0: is none any more
    agent       TEXT NOT NULL,
    action      TEXT,               -- the known answer
    args_mark   TEXT,
    said_by     TEXT NOT NULL,
    entry       INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    PRIMARY KEY (decision_id, at_us, kind)
) WITHOUT ROWID;
CREATE TABLE gold_item (
    decision_id TEXT PRIMARY KEY,
    agent       TEXT NOT NULL,
    action      TEXT NOT NULL,
    args_mark   TEXT,
    at_us       INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX gold_item_by_agent ON gold_item (agent, decision_id);

-- What a person ruled, to find it again when they are put into quarantine.
CREATE INDEX verdict_by_principal ON verdict (principal);
