-- Requests for credentials (DCP §6.4). What the holder gave for the delivery is sealed, and gone with it.
CREATE TABLE credential_requests (
    space_id     TEXT   NOT NULL,
    issuer_pid   TEXT   NOT NULL,
    holder       TEXT   NOT NULL,
    holder_pid   TEXT   NOT NULL,
    objects      TEXT   NOT NULL,
    credentials  TEXT   NOT NULL,
    token_hash   TEXT   NOT NULL,
    token_sealed TEXT,
    state        TEXT   NOT NULL,
    reason       TEXT,
    requested_at BIGINT NOT NULL,
    PRIMARY KEY (space_id, issuer_pid)
);
CREATE INDEX credential_requests_by_holder ON credential_requests (space_id, holder, state);

-- Codes by which the operator has authorised a request beforehand (DCP §6.4.2). Only the hash is kept.
CREATE TABLE credential_codes (
    space_id    TEXT   NOT NULL,
    hash        TEXT   NOT NULL,
    type        TEXT   NOT NULL,
    holder      TEXT,
    claims      TEXT   NOT NULL,
    valid_until BIGINT,
    ends_at     BIGINT NOT NULL,
    used_by     TEXT,
    PRIMARY KEY (space_id, hash)
);
