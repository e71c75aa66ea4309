-- The disputes of a member, in the order in which they were opened.
CREATE INDEX disputes_by_provider ON disputes (space_id, provider, id);
CREATE INDEX disputes_by_consumer ON disputes (space_id, consumer, id);
