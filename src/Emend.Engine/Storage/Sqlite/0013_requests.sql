-- Requests that carried an idempotency key, for a day: so that asking again has no second effect and gives the first answer. Not
-- derived from the journal and no part of any state. Keys are keyed marks; answers are sealed with what only their caller has.
CREATE TABLE request_key (
    principal  TEXT NOT NULL,
    mark       TEXT NOT NULL,
    what       TEXT NOT NULL,       -- the route, as documents name it
    request    TEXT NOT NULL,       -- keyed mark of method, address and body
    begun_us   INTEGER NOT NULL,
    expires_us INTEGER NOT NULL,
    answer     BLOB,                -- null: begun, and nobody wrote down how it ended
    PRIMARY KEY (principal, mark)
) WITHOUT ROWID;
CREATE INDEX request_key_expiry ON request_key (expires_us);

-- What one person asked for and takes a second: a projection of the `second-person.*` entries. The request stands in the record.
CREATE TABLE proposal (
    id           TEXT PRIMARY KEY,
    what         TEXT NOT NULL,
    permission   TEXT NOT NULL,
    request      TEXT NOT NULL,     -- keyed mark of method, address and body
    principal    TEXT NOT NULL,
    at_us        INTEGER NOT NULL,
    expires_us   INTEGER NOT NULL,
    confirmed_by TEXT,              -- pseudonym
    rejected_by  TEXT,
    used_us      INTEGER,
    entry        INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX proposal_by_request ON proposal (principal, request);
CREATE INDEX proposal_by_time ON proposal (at_us, id);
