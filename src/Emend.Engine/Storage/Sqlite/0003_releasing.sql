-- The registry of bundles: one row per version of an agent's logic. The bytes stand in the journal record at `entry`, the report
-- of the evaluation that counts in the one at `report_entry`. People stand here by pseudonym.
CREATE TABLE candidate (
    digest       TEXT PRIMARY KEY,
    agent        TEXT NOT NULL,
    author       TEXT NOT NULL,
    submitters   TEXT NOT NULL,     -- JSON array
    parent       TEXT,
    data_set     TEXT NOT NULL,
    records      INTEGER NOT NULL,
    built_us     INTEGER NOT NULL,
    state        INTEGER NOT NULL,
    report       TEXT,
    result       INTEGER,
    golden_set   TEXT,
    gate_policy  TEXT,
    incumbent    TEXT,
    automatic    INTEGER,
    risk         INTEGER,
    evaluated_by TEXT,
    evaluated_us INTEGER,
    approvals    TEXT NOT NULL,     -- JSON array of [who, report, when]
    entry        INTEGER NOT NULL,
    report_entry INTEGER
) WITHOUT ROWID;
CREATE INDEX candidate_by_agent ON candidate (agent, built_us);

-- What each agent is served, and the release under way.
CREATE TABLE agent_board (
    agent              TEXT PRIMARY KEY,
    version            INTEGER NOT NULL,
    served             TEXT,
    previous           TEXT,
    killed             INTEGER NOT NULL,
    counter            INTEGER NOT NULL,
    release_id         TEXT,
    release_candidate  TEXT,
    release_replaces   TEXT,
    release_salt       TEXT,
    release_policy     TEXT,
    release_share_bp   INTEGER,
    release_paused     INTEGER,
    release_by         TEXT,
    release_started_us INTEGER,
    release_step_us    INTEGER
) WITHOUT ROWID;

-- Protected cases; the case itself stands in the journal record.
CREATE TABLE golden_case (
    agent    TEXT NOT NULL,
    id       TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_us INTEGER NOT NULL,
    entry    INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (agent, id)
) WITHOUT ROWID;

-- Who was served what. `unit`, `final` and `proposed` are keyed marks: equal or not, nothing more.
CREATE TABLE exposure (
    decision   TEXT PRIMARY KEY,
    agent      TEXT NOT NULL,
    release_id TEXT,
    arm        INTEGER NOT NULL,
    share_bp   INTEGER NOT NULL,
    bundle     TEXT,
    unit       TEXT NOT NULL,
    proposed   TEXT NOT NULL,
    final      TEXT,                -- null: nothing done, or a person asked
    changed    INTEGER NOT NULL,
    cause      INTEGER NOT NULL,
    rule       TEXT,
    served_us  INTEGER NOT NULL,
    entry      INTEGER NOT NULL,
    position   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX exposure_by_release ON exposure (release_id, served_us) WHERE release_id IS NOT NULL;
CREATE INDEX exposure_by_bundle ON exposure (bundle, rule) WHERE changed = 1;
