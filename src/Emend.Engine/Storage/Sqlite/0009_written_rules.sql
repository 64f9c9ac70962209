-- Rules that people wrote. The rule itself stands in the journal record (entry, position); one that was removed stays, so that what
-- was built while it stood can be built again and its author is still known.
CREATE TABLE written_rule (
    entry      INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    agent      TEXT NOT NULL,
    id         TEXT NOT NULL,
    author     TEXT NOT NULL,       -- pseudonym
    removed_at INTEGER,             -- journal entry that removed it; null while it stands
    PRIMARY KEY (entry, position)
) WITHOUT ROWID;
CREATE INDEX written_rule_by_agent ON written_rule (agent, id);
