-- How a version is negotiated and delivered, and in which catalog it stands. Versions from before: as the defaults of a definition say.
ALTER TABLE products ADD COLUMN negotiation TEXT   NOT NULL DEFAULT 'automatic';
ALTER TABLE products ADD COLUMN transfers   TEXT   NOT NULL DEFAULT 'automatic';
ALTER TABLE products ADD COLUMN formats     TEXT   NOT NULL DEFAULT '["HttpData-PULL","HttpData-PUSH"]';
ALTER TABLE products ADD COLUMN finite      BIGINT NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN catalog     TEXT   NOT NULL DEFAULT '';

-- What is on offer now: the version of each product that is offered. A withdrawn product has no row. catalog: name of the nested catalog, empty: the
-- root. indexed: number of the rules by which its terms were made, 0: not yet.
CREATE TABLE catalog (
    space_id TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    asset_id TEXT   NOT NULL,
    catalog  TEXT   NOT NULL,
    indexed  BIGINT NOT NULL,
    PRIMARY KEY (space_id, id)
);
CREATE INDEX catalog_by_name ON catalog (space_id, catalog, id);
CREATE INDEX catalog_by_asset ON catalog (space_id, asset_id, id);
CREATE INDEX catalog_by_index ON catalog (space_id, indexed);

INSERT INTO catalog (space_id, id, version, asset_id, catalog, indexed)
SELECT p.space_id, p.id, p.version, p.asset_id, '', 0
FROM products p
JOIN (SELECT space_id, id, max(version) AS version FROM products GROUP BY space_id, id) newest
    ON newest.space_id = p.space_id AND newest.id = p.id AND newest.version = p.version;

-- What the products on offer can be found by: words of their texts, keywords, classification.
CREATE TABLE catalog_terms (
    space_id TEXT NOT NULL,
    term     TEXT NOT NULL,
    id       TEXT NOT NULL,
    PRIMARY KEY (space_id, term, id)
);
CREATE INDEX catalog_terms_by_product ON catalog_terms (space_id, id);
