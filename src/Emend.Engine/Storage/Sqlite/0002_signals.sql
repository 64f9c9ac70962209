-- Read models of Normalizing, Capturing and Reviewing. They hold ids, labels, times and figures only; texts, arguments and
-- comments stay in the journal record they point to (entry, position). People are pseudonyms.

-- Agents as they are now; `definition` is canonical JSON.
CREATE TABLE agent (
    id         TEXT PRIMARY KEY,
    version    INTEGER NOT NULL,
    definition TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE decision (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    agent       TEXT NOT NULL,
    occurred_us INTEGER NOT NULL,
    task_type   TEXT,
    action      TEXT NOT NULL,
    args_mark   TEXT,               -- keyed mark of the arguments, comparable within one decision
    confidence  REAL,
    entry       INTEGER NOT NULL,
    position    INTEGER NOT NULL
);

CREATE TABLE correction (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    decision_id  TEXT NOT NULL,
    verdict      INTEGER NOT NULL,
    action       TEXT,
    args_mark    TEXT,
    reason       TEXT,
    principal    TEXT NOT NULL,
    at_us        INTEGER NOT NULL,
    is_parked    INTEGER NOT NULL,  -- its decision has not arrived
    is_withdrawn INTEGER NOT NULL,
    entry        INTEGER NOT NULL,
    position     INTEGER NOT NULL,
    recorded_us  INTEGER NOT NULL   -- for the age of what is parked; no part of the state's digest
);
CREATE INDEX correction_by_decision ON correction (decision_id);
CREATE INDEX correction_parked ON correction (decision_id) WHERE is_parked = 1;

CREATE TABLE outcome (
    seq         INTEGER PRIMARY KEY,
    decision_id TEXT NOT NULL,
    metric      TEXT NOT NULL,
    at_us       INTEGER NOT NULL,
    value       REAL,
    action      TEXT,
    is_parked   INTEGER NOT NULL,
    entry       INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    recorded_us INTEGER NOT NULL,
    UNIQUE (decision_id, metric, at_us)
);
CREATE INDEX outcome_parked ON outcome (decision_id) WHERE is_parked = 1;

-- What people ruled. A ruling lapses when one of the corrections it considered is withdrawn.
CREATE TABLE verdict (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    decision_id TEXT NOT NULL,
    principal   TEXT NOT NULL,
    at_us       INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    action      TEXT,
    args_mark   TEXT,
    considered  TEXT NOT NULL,      -- ids of corrections, sorted, one a line
    entry       INTEGER NOT NULL,
    position    INTEGER NOT NULL
);
CREATE INDEX verdict_by_decision ON verdict (decision_id);

-- Where every decision that somebody judged stands: derived from the tables above, never written otherwise.
CREATE TABLE ruling (
    decision_id  TEXT PRIMARY KEY,
    agent        TEXT NOT NULL,
    lane         INTEGER NOT NULL,
    is_ruled     INTEGER NOT NULL,
    is_contested INTEGER NOT NULL,
    is_wrong     INTEGER NOT NULL,
    truth        TEXT,              -- label of the right action
    truth_from   INTEGER NOT NULL,  -- 0 none, 1 the proposal, 2 a correction, 3 a person's ruling
    truth_id     TEXT,              -- id of that correction or ruling
    corrections  TEXT NOT NULL,     -- ids, sorted, one a line
    at_us        INTEGER NOT NULL,
    ruled_by     TEXT,              -- null: policy
    why          TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX ruling_waiting ON ruling (agent) WHERE is_ruled = 0 OR is_contested = 1;
