-- When the newest self-issued ID token of a sender that was used here was made: after a restart, what it made until then may have been used.
CREATE TABLE used_tokens (
    space_id TEXT   NOT NULL,
    sender   TEXT   NOT NULL,
    latest   BIGINT NOT NULL,
    PRIMARY KEY (space_id, sender)
);
