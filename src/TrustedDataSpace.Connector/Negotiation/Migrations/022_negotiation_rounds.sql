-- mode: who takes this connector's steps. own_terms: hash of the terms that this side has proposed (or published) last. round: number of
-- the last row of negotiation_rounds. transfer_mode, finite: of the product version (provider only).
ALTER TABLE negotiations ADD COLUMN mode TEXT NOT NULL DEFAULT 'automatic';
ALTER TABLE negotiations ADD COLUMN own_terms TEXT;
ALTER TABLE negotiations ADD COLUMN round BIGINT NOT NULL DEFAULT 0;
ALTER TABLE negotiations ADD COLUMN code TEXT;
ALTER TABLE negotiations ADD COLUMN transfer_mode TEXT NOT NULL DEFAULT 'automatic';
ALTER TABLE negotiations ADD COLUMN finite BIGINT NOT NULL DEFAULT 0;
ALTER TABLE negotiations ADD COLUMN provider_signature TEXT;
ALTER TABLE negotiations ADD COLUMN consumer_signature TEXT;
CREATE INDEX negotiations_by_state ON negotiations (space_id, state, id);
CREATE INDEX negotiations_with ON negotiations (space_id, counterparty, id);

-- Every offer, counter-request and agreement as it was sent, with what changed in it. A row never changes.
CREATE TABLE negotiation_rounds (
    space_id    TEXT   NOT NULL,
    negotiation TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    made_by     TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    made_at     BIGINT NOT NULL,
    policy      TEXT   NOT NULL,
    hash        TEXT   NOT NULL,
    changes     TEXT   NOT NULL,
    PRIMARY KEY (space_id, negotiation, number)
);
