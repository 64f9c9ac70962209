-- What was suspended, restored and released when: a candidate is built from what was there before a journal entry, and what did harm is part of that.
CREATE TABLE logic_history (
    entry INTEGER PRIMARY KEY,
    agent TEXT NOT NULL,
    kind  INTEGER NOT NULL,        -- 0 suspended, 1 restored, 2 released
    logic TEXT NOT NULL,           -- id of a rule, 'corrector', or the digest of the bundle released
    at_us INTEGER NOT NULL
);
CREATE INDEX logic_history_by_agent ON logic_history (agent, entry);
