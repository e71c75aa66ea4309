-- People who sign in here. password: its hash; of the one-time secret while one_time_until is set. participant: whose connector they manage; null: the space.
CREATE TABLE accounts (
    space_id       TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    roles          TEXT   NOT NULL,
    participant    TEXT,
    password       TEXT   NOT NULL,
    one_time_until BIGINT,
    failures       BIGINT NOT NULL,
    locked_until   BIGINT,
    disabled       BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (space_id, id)
);
CREATE UNIQUE INDEX accounts_by_name ON accounts (space_id, name);

-- Programs that people sign in with (redirect_uris), and machines that sign in by themselves (secret_hash, roles).
CREATE TABLE oauth_clients (
    space_id      TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    secret_hash   TEXT,
    redirect_uris TEXT   NOT NULL,
    roles         TEXT   NOT NULL,
    participant   TEXT,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (space_id, id)
);

-- Authorisation codes, by hash. used stays 1 until the code's end: a second use shows that it was stolen.
CREATE TABLE authorization_codes (
    space_id     TEXT   NOT NULL,
    hash         TEXT   NOT NULL,
    sign_in      TEXT   NOT NULL,
    client       TEXT   NOT NULL,
    account      TEXT   NOT NULL,
    redirect_uri TEXT   NOT NULL,
    challenge    TEXT   NOT NULL,
    scope        TEXT   NOT NULL,
    nonce        TEXT,
    jkt          TEXT,
    made_at      BIGINT NOT NULL,
    used         BIGINT NOT NULL,
    PRIMARY KEY (space_id, hash)
);

-- What came out of one signing in, until it ends or is revoked; all its refresh tokens are one family.
CREATE TABLE sign_ins (
    space_id TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    client   TEXT   NOT NULL,
    account  TEXT   NOT NULL,
    scope    TEXT   NOT NULL,
    jkt      TEXT,
    ends_at  BIGINT NOT NULL,
    revoked  BIGINT NOT NULL,
    PRIMARY KEY (space_id, id)
);
CREATE INDEX sign_ins_by_account ON sign_ins (space_id, account);

CREATE TABLE refresh_tokens (
    space_id TEXT   NOT NULL,
    hash     TEXT   NOT NULL,
    sign_in  TEXT   NOT NULL,
    ends_at  BIGINT NOT NULL,
    used     BIGINT NOT NULL,
    PRIMARY KEY (space_id, hash)
);
CREATE INDEX refresh_tokens_by_sign_in ON refresh_tokens (space_id, sign_in);
