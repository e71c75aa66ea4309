CREATE TABLE participants (
    space_id        TEXT   NOT NULL,
    id              TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    region          TEXT   NOT NULL,
    roles           TEXT   NOT NULL,
    endpoint        TEXT   NOT NULL,
    jwk             TEXT   NOT NULL,
    state           TEXT   NOT NULL,
    credential      TEXT,
    credential_ends BIGINT,
    applied_at      BIGINT NOT NULL,
    PRIMARY KEY (space_id, id)
);
CREATE INDEX participants_by_state ON participants (space_id, state);

-- Client assertions that were used, until they end by themselves: each buys one token only (RFC 7523 §3).
CREATE TABLE used_assertions (
    space_id TEXT   NOT NULL,
    client   TEXT   NOT NULL,
    jti      TEXT   NOT NULL,
    ends_at  BIGINT NOT NULL,
    PRIMARY KEY (space_id, client, jti)
);
CREATE INDEX used_assertions_by_end ON used_assertions (space_id, ends_at);
