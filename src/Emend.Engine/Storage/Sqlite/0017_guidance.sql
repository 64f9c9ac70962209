-- Guidance that people wrote. The item itself stands in the journal record (entry, position); one that was removed stays, so that what
-- was built while it stood can be built again and its author is still known.
CREATE TABLE written_guidance (
    entry      INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    agent      TEXT NOT NULL,
    id         TEXT NOT NULL,
    author     TEXT NOT NULL,       -- pseudonym
    removed_at INTEGER,             -- journal entry that removed it; null while it stands
    PRIMARY KEY (entry, position)
) WITHOUT ROWID;
CREATE INDEX written_guidance_by_agent ON written_guidance (agent, id);

-- Which guidance the agent had read when it took a decision, and which was withheld from it to learn what it is worth.
CREATE TABLE guidance_exposure (
    decision TEXT NOT NULL,
    item     TEXT NOT NULL,
    agent    TEXT NOT NULL,
    is_shown INTEGER NOT NULL,      -- 0: withheld
    bundle   TEXT NOT NULL,
    entry    INTEGER NOT NULL,
    PRIMARY KEY (decision, item)
) WITHOUT ROWID;
CREATE INDEX guidance_exposure_by_agent ON guidance_exposure (agent, item);
