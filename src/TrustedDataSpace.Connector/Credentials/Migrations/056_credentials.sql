-- Credentials that this participant holds. The credential itself is sealed under the master key; what is beside it is what it is found by.
CREATE TABLE held_credentials (
    space_id      TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    request_id    TEXT   NOT NULL,
    issuer        TEXT   NOT NULL,
    credential_id TEXT,
    types         TEXT   NOT NULL,
    profile       TEXT   NOT NULL,
    valid_until   BIGINT,
    received_at   BIGINT NOT NULL,
    sealed        TEXT   NOT NULL,
    PRIMARY KEY (space_id, id)
);

-- What this participant has asked issuers for. No credential is taken without the request that it answers.
CREATE TABLE credential_requests (
    space_id     TEXT   NOT NULL,
    holder_pid   TEXT   NOT NULL,
    issuer       TEXT   NOT NULL,
    credentials  TEXT   NOT NULL,
    sealed_code  TEXT,
    state        TEXT   NOT NULL,
    issuer_pid   TEXT,
    reason       TEXT,
    requested_at BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (space_id, holder_pid)
);

-- The last offer of each issuer.
CREATE TABLE credential_offers (
    space_id    TEXT   NOT NULL,
    issuer      TEXT   NOT NULL,
    credentials TEXT   NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (space_id, issuer)
);
