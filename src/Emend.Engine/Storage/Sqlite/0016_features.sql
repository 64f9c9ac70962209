-- Feature views and what they hold. Everything is a function of the journal: definitions from the entries that made them, events and
-- sums from the signals. People and subjects stand here by pseudonym; protected fields never do.

CREATE TABLE feature_view (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    definition TEXT NOT NULL,       -- canonical JSON
    author     TEXT NOT NULL,       -- pseudonym
    defined_us INTEGER NOT NULL,
    UNIQUE (name, version)
);

-- One row a feature of a view. Entries before `since` are taken in afterwards, a page at a time; those before `filled` are.
CREATE TABLE feature_series (
    id      INTEGER PRIMARY KEY,
    view    INTEGER NOT NULL,
    feature TEXT NOT NULL,
    since   INTEGER NOT NULL,
    filled  INTEGER NOT NULL,
    UNIQUE (view, feature)
);

-- What a view is keyed by, as canonical JSON; `shown` has ? for what is a pseudonym. `high` is the newest grain any event fell into:
-- sums of grains too old for any window to ask for are dropped by it.
CREATE TABLE feature_key (
    id    INTEGER PRIMARY KEY,
    view  INTEGER NOT NULL,
    key   TEXT NOT NULL,
    shown TEXT NOT NULL,
    high  INTEGER NOT NULL,
    UNIQUE (view, key)
);

-- Every event a feature counts, in the order it became known: what a look back reads. `entry` made it known (the later of the signal
-- and its decision), the signal itself lies at (source, position).
CREATE TABLE feature_event (
    series   INTEGER NOT NULL,
    entry    INTEGER NOT NULL,
    source   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    known_us INTEGER NOT NULL,
    key      INTEGER NOT NULL,
    at_us    INTEGER NOT NULL,
    amount   INTEGER,               -- millionths for a mean, 0 or 1 for a rate
    member   TEXT,                  -- canonical JSON for last and distinct
    tie      TEXT,                  -- id of the signal, for last
    token    BLOB,                  -- key of the subject; null: about nobody
    PRIMARY KEY (series, entry, source, position)
) WITHOUT ROWID;

-- Sums by grain: what the latest value is read from.
CREATE TABLE feature_cell (
    series INTEGER NOT NULL,
    key    INTEGER NOT NULL,
    grain  INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    high   INTEGER NOT NULL,        -- the total is high * 1,000,000,000 + low: exact, in whatever order it is added up
    low    INTEGER NOT NULL,
    PRIMARY KEY (series, key, grain)
) WITHOUT ROWID;

-- Members by grain, for last and distinct.
CREATE TABLE feature_member (
    series INTEGER NOT NULL,
    key    INTEGER NOT NULL,
    grain  INTEGER NOT NULL,
    rank   TEXT NOT NULL,           -- for distinct the member, for last time and id
    member TEXT NOT NULL,
    n      INTEGER NOT NULL,
    PRIMARY KEY (series, key, grain, rank)
) WITHOUT ROWID;

-- Data sets: the exact rulings something is trained from. The rows are read from the journal again whenever they are asked for.
CREATE TABLE data_set (
    digest     TEXT PRIMARY KEY,
    agent      TEXT NOT NULL,
    rows       INTEGER NOT NULL,
    up_to      INTEGER NOT NULL,
    fixed_us   INTEGER NOT NULL,
    author     TEXT NOT NULL,       -- pseudonym
    entry      INTEGER NOT NULL,
    position   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX data_set_by_time ON data_set (fixed_us, digest);

-- The data set a candidate was built from; null for those built before data sets were kept.
ALTER TABLE candidate_snapshot ADD COLUMN data_set TEXT;
