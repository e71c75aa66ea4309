-- The agreements of one state, by id.
CREATE INDEX agreements_by_state ON agreements (space_id, state, id);
