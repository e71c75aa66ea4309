-- Invites to join. hash: of the code, which is not kept. used_by: the one DID that has applied with it.
CREATE TABLE invites (
    space_id     TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    hash         TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    region       TEXT,
    roles        TEXT,
    pre_approved BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    used_by      TEXT,
    revoked      BIGINT NOT NULL,
    PRIMARY KEY (space_id, id)
);
CREATE UNIQUE INDEX invites_by_hash ON invites (space_id, hash);
