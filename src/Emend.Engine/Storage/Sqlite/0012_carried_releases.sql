-- Why an automatic release was held at the last look: the code, so that each reason is journaled once and not at every look.
ALTER TABLE agent_board ADD COLUMN release_held TEXT;
