-- HTTP sources behind the connector. headers: their credentials, sealed under the master key.
CREATE TABLE assets (
    space_id     TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    source_url   TEXT   NOT NULL,
    header_names TEXT   NOT NULL,
    headers      TEXT   NOT NULL,
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (space_id, id)
);

-- Published versions; a row never changes. The one with the highest version is offered.
CREATE TABLE products (
    space_id        TEXT   NOT NULL,
    id              TEXT   NOT NULL,
    version         BIGINT NOT NULL,
    asset_id        TEXT   NOT NULL,
    title           TEXT   NOT NULL,
    description     TEXT   NOT NULL,
    keywords        TEXT   NOT NULL,
    classification  TEXT   NOT NULL,
    offer_id        TEXT   NOT NULL,
    offer           TEXT   NOT NULL,
    definition_hash TEXT   NOT NULL,
    published_at    BIGINT NOT NULL,
    PRIMARY KEY (space_id, id, version)
);
CREATE UNIQUE INDEX products_by_offer ON products (space_id, offer_id);
