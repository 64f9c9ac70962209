-- What happened to API keys, by the event's id: taking an event over from the key file twice is noticed here.
CREATE TABLE key_event (
    id TEXT PRIMARY KEY
) WITHOUT ROWID;

-- Pages of the corrections of one person, newest first, without a walk over all of them.
CREATE INDEX correction_page ON correction (principal, seq);

-- Pages of what waits for people, the oldest first.
CREATE INDEX ruling_page ON ruling (at_us, decision_id) WHERE is_ruled = 0 OR is_contested = 1;
