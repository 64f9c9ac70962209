-- What the processes of agents lost of what they had to send: a total that only grows, by client and reason. A projection of the
-- `client.lost-records` entries.
CREATE TABLE client_loss (
    client  TEXT NOT NULL,
    reason  TEXT NOT NULL,
    lost    INTEGER NOT NULL,
    lost_us INTEGER NOT NULL,       -- when it last grew
    PRIMARY KEY (client, reason)
) WITHOUT ROWID;
CREATE INDEX client_loss_by_time ON client_loss (lost_us);
