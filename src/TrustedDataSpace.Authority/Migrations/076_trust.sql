-- Issuers beside the authority that the space believes, and the number of the list that says so.
CREATE TABLE trusted_issuers (
    space_id TEXT NOT NULL,
    issuer   TEXT NOT NULL,
    types    TEXT NOT NULL,
    PRIMARY KEY (space_id, issuer)
);
CREATE TABLE trust_lists (
    space_id TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    content  TEXT   NOT NULL,
    PRIMARY KEY (space_id)
);
