-- Who a message is for: the lane it waits in, with the circuit of that peer. Empty: nobody in particular, such as a step of this service.
ALTER TABLE outbox ADD COLUMN peer TEXT NOT NULL DEFAULT '';

-- What is due in a lane, oldest first; and when the next becomes due.
CREATE INDEX outbox_due ON outbox (space_id, peer, next_at, id);
