-- Consents of data subjects and owners. A withdrawn one stays: until when there was consent can be shown.
CREATE TABLE consents (
    space_id     TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    product      TEXT   NOT NULL,
    purpose      TEXT,
    granted_at   BIGINT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (space_id, id)
);
CREATE UNIQUE INDEX consents_in_force ON consents (space_id, product, subject, coalesce(purpose, '')) WHERE withdrawn_at IS NULL;
