-- The settlements of a member, in the order of their ids; and where clearing goes on after a stop.
CREATE INDEX settlements_by_provider ON settlements (space_id, provider, id);
CREATE INDEX settlements_by_consumer ON settlements (space_id, consumer, id);
CREATE INDEX settlements_by_end ON settlements (space_id, period_to);
