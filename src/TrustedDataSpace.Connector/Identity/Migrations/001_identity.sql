-- How the participant stands in its space, as the authority last told it.
CREATE TABLE membership (
    space_id   TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (space_id)
);

-- Public keys of the authority, for a start while it is away.
CREATE TABLE authority_keys (
    space_id   TEXT   NOT NULL,
    document   TEXT   NOT NULL,
    fetched_at BIGINT NOT NULL,
    PRIMARY KEY (space_id)
);

-- The evidence batch on its way to the log: sent again unchanged after a kill, so that the log sees one batch.
CREATE TABLE evidence_shipment (
    space_id   TEXT   NOT NULL,
    batch_id   TEXT   NOT NULL,
    last_entry TEXT   NOT NULL,
    PRIMARY KEY (space_id)
);
