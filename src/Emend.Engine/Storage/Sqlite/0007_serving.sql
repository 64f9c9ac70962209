-- What a signed manifest needs beside the board: when an agent's serving last changed, and which entry completed the approval of a
-- bundle, so that clients can be shown its receipt.
CREATE TABLE serving_change (
    agent      TEXT PRIMARY KEY,
    changed_us INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE bundle_approval (
    bundle TEXT PRIMARY KEY,
    entry  INTEGER NOT NULL
) WITHOUT ROWID;
