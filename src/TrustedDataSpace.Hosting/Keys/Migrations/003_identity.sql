-- Several keys of one name: 'current' signs, 'next' is published and will sign from signs_from on, 'retired' signs no more and is
-- accepted until accepted_until. number counts the keys of a name from 1. The public part stays when the private one is gone; jwk is empty for keys older than this table.
CREATE TABLE signing_keys_with_states (
    space_id       TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    kid            TEXT   NOT NULL,
    number         BIGINT NOT NULL,
    jwk            TEXT   NOT NULL,
    sealed         TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    signs_from     BIGINT NOT NULL,
    accepted_until BIGINT,
    PRIMARY KEY (space_id, name, kid)
);
INSERT INTO signing_keys_with_states (space_id, name, kid, number, jwk, sealed, state, created_at, signs_from)
    SELECT space_id, name, kid, 1, '', sealed, 'current', created_at, created_at FROM signing_keys;
DROP TABLE signing_keys;
ALTER TABLE signing_keys_with_states RENAME TO signing_keys;
CREATE UNIQUE INDEX signing_keys_current ON signing_keys (space_id, name) WHERE state = 'current';
CREATE UNIQUE INDEX signing_keys_next ON signing_keys (space_id, name) WHERE state = 'next';

-- Tokens of the management interface beside the one of the settings: each with a name and the scopes it has, separated by spaces.
CREATE TABLE management_tokens (
    space_id   TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    scopes     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (space_id, name)
);
CREATE UNIQUE INDEX management_tokens_by_hash ON management_tokens (space_id, hash);
