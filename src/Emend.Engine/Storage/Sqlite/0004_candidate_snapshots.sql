-- What each candidate was built from, so that it can be built again: the agent's definition of that time lies in the journal
-- record (entry, position); corrections and rulings of entries before up_to were there.
CREATE TABLE candidate_snapshot (
    bundle   TEXT PRIMARY KEY,
    agent    TEXT NOT NULL,
    up_to    INTEGER NOT NULL,
    built_us INTEGER NOT NULL,
    preset   INTEGER NOT NULL,
    entry    INTEGER NOT NULL,
    position INTEGER NOT NULL
) WITHOUT ROWID;
