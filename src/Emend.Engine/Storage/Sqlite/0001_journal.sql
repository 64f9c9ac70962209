-- The journal of one workspace. `entry.head` is the canonical form whose hash is the leaf of the Merkle tree, `entry.body` the
-- first run of records; a batch too large for one run continues in `entry_more`. Format: docs/spec/journal-format.md.
CREATE TABLE entry (
    idx      INTEGER PRIMARY KEY,   -- leaf index, from 0, without gaps
    entry_id BLOB NOT NULL,
    link     BLOB NOT NULL,         -- hash over the entry and all before it: tells which row was altered first
    head     BLOB NOT NULL,
    body     BLOB NOT NULL
);
CREATE UNIQUE INDEX entry_by_id ON entry (entry_id);

CREATE TABLE entry_more (
    entry    INTEGER NOT NULL,
    position INTEGER NOT NULL,      -- of the first record of the run
    body     BLOB NOT NULL,
    PRIMARY KEY (entry, position)
);

-- The right edge of the Merkle tree, one row.
CREATE TABLE tree (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    size     INTEGER NOT NULL,
    root     BLOB NOT NULL,
    frontier BLOB NOT NULL
);

-- Roots over every full run of 256 leaves: proofs need no more than these and the heads of one run.
CREATE TABLE tile (
    number INTEGER PRIMARY KEY,
    root   BLOB NOT NULL
);

-- Every checkpoint ever signed; written before it is handed out.
CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
);

-- Subject keys that an entry ordered destroyed; `done` once the key is gone.
CREATE TABLE erasure (
    token BLOB PRIMARY KEY,
    entry INTEGER NOT NULL,
    done  INTEGER NOT NULL
);

-- What this file is.
CREATE TABLE workspace (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    name   TEXT NOT NULL,
    token  BLOB NOT NULL
);

-- Read models and how far they have taken the journal in.
CREATE TABLE projection (
    name TEXT PRIMARY KEY,
    next INTEGER NOT NULL
);

-- Rows of a journal are never changed. (Whoever switches this off is found by `audit verify`.)
CREATE TRIGGER entry_is_never_changed      BEFORE UPDATE ON entry      BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER entry_is_never_deleted      BEFORE DELETE ON entry      BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER entry_more_is_never_changed BEFORE UPDATE ON entry_more BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER entry_more_is_never_deleted BEFORE DELETE ON entry_more BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER checkpoint_is_never_changed BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'signed checkpoints are kept'); END;
CREATE TRIGGER checkpoint_is_never_deleted BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'signed checkpoints are kept'); END;
