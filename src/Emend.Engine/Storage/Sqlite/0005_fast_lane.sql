-- Set when something was taken back: until a person lets it go on, nothing is released by itself, since the same evidence would bring it again.
ALTER TABLE agent_board ADD COLUMN fast_lane_held INTEGER NOT NULL DEFAULT 0;
