-- What an auditor asks beside single entries, kept as the log is read: each row is made and changed by entries of the log alone. The index is made again.
DELETE FROM audit_entries;

-- product: what the entry is about, as its source says or as the agreement was filed.
ALTER TABLE audit_entries ADD COLUMN product TEXT;
CREATE INDEX audit_by_product ON audit_entries (space_id, product, kind, idx) WHERE product IS NOT NULL;

-- Agreements that the log knows. filed_idx: null while only the parties speak of it. hash: of the filed document. ends: when the contract lets nothing
-- pass any more by its own terms; terms: whether they could be read. used_idx, destroyed_idx: first word of the consumer that it has used data, and has destroyed it.
CREATE TABLE audit_agreements (
    space_id      TEXT   NOT NULL,
    agreement     TEXT   NOT NULL,
    first_idx     BIGINT NOT NULL,
    first_at      BIGINT NOT NULL,
    provider      TEXT   NOT NULL,
    consumer      TEXT   NOT NULL,
    product       TEXT,
    filed_idx     BIGINT,
    filed_at      BIGINT,
    hash          TEXT,
    ends          BIGINT,
    terms         TEXT   NOT NULL,
    duty          BIGINT NOT NULL DEFAULT 0,
    ended_idx     BIGINT,
    ended_at      BIGINT,
    ended_by      TEXT,
    used_idx      BIGINT,
    destroyed_idx BIGINT,
    destroyed_at  BIGINT,
    PRIMARY KEY (space_id, agreement)
);
CREATE UNIQUE INDEX audit_agreements_by_place ON audit_agreements (space_id, first_idx);
CREATE INDEX audit_agreements_by_product ON audit_agreements (space_id, product, first_idx);
CREATE INDEX audit_agreements_kept ON audit_agreements (space_id, first_idx) WHERE destroyed_idx IS NULL AND used_idx IS NOT NULL;

-- Which offer of a product a party says that an agreement came from, and the versions of products under their offers.
CREATE TABLE audit_agreed (
    space_id  TEXT NOT NULL,
    agreement TEXT NOT NULL,
    source    TEXT NOT NULL,
    product   TEXT,
    offer     TEXT,
    PRIMARY KEY (space_id, agreement, source)
);
CREATE TABLE audit_offers (
    space_id TEXT   NOT NULL,
    source   TEXT   NOT NULL,
    offer    TEXT   NOT NULL,
    product  TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    idx      BIGINT NOT NULL,
    PRIMARY KEY (space_id, source, offer)
);

-- Flows: the provider's word that one has started, and the first receipt of the authority for use of it. gap: which of the two is missing.
CREATE TABLE audit_flows (
    space_id    TEXT   NOT NULL,
    agreement   TEXT   NOT NULL,
    flow        TEXT   NOT NULL,
    first_idx   BIGINT NOT NULL,
    first_at    BIGINT NOT NULL,
    started_idx BIGINT,
    receipt_idx BIGINT,
    gap         TEXT,
    PRIMARY KEY (space_id, agreement, flow)
);
CREATE INDEX audit_flows_gaps ON audit_flows (space_id, first_idx) WHERE gap IS NOT NULL;

-- Intervals of flows: what each party has recorded, and the receipt of the authority with the hashes of the two records that it was made from.
CREATE TABLE audit_intervals (
    space_id      TEXT   NOT NULL,
    agreement     TEXT   NOT NULL,
    flow          TEXT   NOT NULL,
    interval_no   BIGINT NOT NULL,
    first_idx     BIGINT NOT NULL,
    first_at      BIGINT NOT NULL,
    provider_idx  BIGINT,
    provider_hash TEXT,
    consumer_idx  BIGINT,
    consumer_hash TEXT,
    receipt_idx   BIGINT,
    provider_said TEXT,
    consumer_said TEXT,
    gap           TEXT,
    PRIMARY KEY (space_id, agreement, flow, interval_no)
);
CREATE INDEX audit_intervals_gaps ON audit_intervals (space_id, first_idx) WHERE gap IS NOT NULL;
