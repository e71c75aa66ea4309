-- Contracts in force, as both parties have them. filed: whether the authority has filed it, 1 or 0; filing_refusal: why it never will.
CREATE TABLE agreements (
    space_id       TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    role           TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    asset_id       TEXT,
    classification TEXT   NOT NULL,
    document       TEXT   NOT NULL,
    concluded_at   BIGINT NOT NULL,
    filed          BIGINT NOT NULL,
    filing_refusal TEXT,
    PRIMARY KEY (space_id, id)
);
