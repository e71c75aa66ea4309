-- Where events are delivered. position: the event up to which all is delivered or not wanted. secrets: sealed.
CREATE TABLE webhooks (
    space_id       TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    url            TEXT   NOT NULL,
    kinds          TEXT   NOT NULL,
    secrets        TEXT   NOT NULL,
    position       TEXT   NOT NULL,
    last_delivered TEXT,
    state          TEXT   NOT NULL,
    attempts       BIGINT NOT NULL DEFAULT 0,
    next_at        BIGINT NOT NULL DEFAULT 0,
    last_error     TEXT,
    failing_since  BIGINT,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (space_id, id)
);
