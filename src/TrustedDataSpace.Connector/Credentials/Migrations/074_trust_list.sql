-- The newest trust list that the authority has signed: an older one is never taken again.
CREATE TABLE trust_list (
    space_id   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    issuers    TEXT   NOT NULL,
    PRIMARY KEY (space_id)
);
