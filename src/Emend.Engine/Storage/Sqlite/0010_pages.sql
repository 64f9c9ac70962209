-- What a page of a list costs must not depend on how much there is beside it: an index in the order of each list.
-- The last two columns let a count stay within the index.
DROP INDEX ruling_waiting;
DROP INDEX ruling_page;
CREATE INDEX ruling_page ON ruling (at_us, decision_id, is_ruled, is_contested) WHERE is_ruled = 0 OR is_contested = 1;
CREATE INDEX ruling_page_of_agent ON ruling (agent, at_us, decision_id, is_ruled, is_contested) WHERE is_ruled = 0 OR is_contested = 1;
CREATE INDEX correction_parked_page ON correction (recorded_us, decision_id, id) WHERE is_parked = 1;
CREATE INDEX outcome_parked_page ON outcome (recorded_us, decision_id, metric) WHERE is_parked = 1;
DROP INDEX alert_by_time;
CREATE INDEX alert_page ON alert (raised_us DESC, id);
CREATE INDEX alert_open_page ON alert (raised_us DESC, id) WHERE cleared_us IS NULL;
CREATE INDEX delivery_dead_page ON delivery (id) WHERE is_dead = 1;
