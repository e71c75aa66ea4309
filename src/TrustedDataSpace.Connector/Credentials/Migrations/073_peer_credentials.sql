-- What peers have shown beside their membership, as it was signed, sealed: policies ask for its claims long after it was shown, and after a restart.
CREATE TABLE peer_credentials (
    space_id    TEXT   NOT NULL,
    holder      TEXT   NOT NULL,
    sealed      TEXT   NOT NULL,
    valid_until BIGINT NOT NULL,
    PRIMARY KEY (space_id, holder)
);
