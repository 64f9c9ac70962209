-- Probability with which a served decision was recorded at all, so that units are counted alike in both arms; 1 for all recorded before.
ALTER TABLE exposure ADD COLUMN inclusion REAL NOT NULL DEFAULT 1;

-- Share of units that nothing learned is served to, and rules (or the corrector) that do not act for the time being: JSON array of ids.
ALTER TABLE agent_board ADD COLUMN holdback_bp INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agent_board ADD COLUMN suspended TEXT NOT NULL DEFAULT '[]';

-- From when on an agent ('' as its logic) or a part of its logic is watched for drift anew.
CREATE TABLE drift_epoch (
    agent TEXT NOT NULL,
    logic TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (agent, logic)
) WITHOUT ROWID;
