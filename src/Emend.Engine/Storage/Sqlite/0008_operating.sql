-- Alerts: what needs somebody's attention, and what did. A projection of the `alert.*` entries; texts of people stay in the journal.
CREATE TABLE alert (
    id        TEXT PRIMARY KEY,
    kind      TEXT NOT NULL,
    about     TEXT NOT NULL,        -- what it is about: an agent, a release, a client; '' for the whole workspace
    summary   TEXT NOT NULL,
    raised_us INTEGER NOT NULL,
    cleared_us INTEGER,
    acked_us  INTEGER,
    acked_by  TEXT                  -- pseudonym
) WITHOUT ROWID;
CREATE INDEX alert_by_kind ON alert (kind, about);
CREATE INDEX alert_by_time ON alert (raised_us, id);

-- Bundles that were taken back, so that each is alerted once.
CREATE TABLE taken_back (
    entry     INTEGER PRIMARY KEY,
    agent     TEXT NOT NULL,
    release_id TEXT,
    bundle    TEXT NOT NULL,
    by_policy INTEGER NOT NULL,
    at_us     INTEGER NOT NULL
);

-- The newest decisions of one agent, for the watch on its rate of corrections.
CREATE INDEX decision_by_agent ON decision (agent, occurred_us);

-- Where events of this workspace are sent. A projection of the `webhook.*` entries; the address is in the journal record, since
-- it may hold a token, and the secret is in the key store.
CREATE TABLE webhook (
    id         TEXT PRIMARY KEY,
    host       TEXT NOT NULL,
    types      TEXT NOT NULL,       -- JSON array of event types; empty: all
    is_removed INTEGER NOT NULL,
    added_us   INTEGER NOT NULL,
    rotated_us INTEGER,             -- when its secret was changed: the one before signs along for a day
    entry      INTEGER NOT NULL     -- events of later entries are sent
) WITHOUT ROWID;

-- How far the journal, which is the outbox, has been turned into deliveries. One row.
CREATE TABLE outbox (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    next INTEGER NOT NULL
);

-- Messages that were not accepted yet. Delivered ones are deleted; those that were given up stay until somebody replays or drops them.
CREATE TABLE delivery (
    id         INTEGER PRIMARY KEY,
    webhook    TEXT NOT NULL,
    entry      INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    next_us    INTEGER NOT NULL,
    is_dead    INTEGER NOT NULL,
    reason     TEXT,                -- why the last attempt failed: a code, never what the other side said
    created_us INTEGER NOT NULL,
    UNIQUE (webhook, entry, position)
);
CREATE INDEX delivery_due ON delivery (next_us) WHERE is_dead = 0;
CREATE INDEX delivery_dead ON delivery (webhook) WHERE is_dead = 1;

-- Written to find out whether writing works. One row, no part of any state.
CREATE TABLE probe (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    at_us INTEGER NOT NULL
);
