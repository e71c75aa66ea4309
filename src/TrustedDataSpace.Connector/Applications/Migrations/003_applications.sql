-- Local applications that may use data; of the secret only its hash is known.
CREATE TABLE applications (
    space_id    TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    agreements  TEXT   NOT NULL,
    purposes    TEXT   NOT NULL,
    person      TEXT   NOT NULL,
    secret_hash TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (space_id, id)
);
