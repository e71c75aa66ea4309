-- Settled uses that began and ended in one batch, many in one row: a row for each would cost more than all that the gate does beside it.
-- data: see LeafPage. Both bounds of requests are those of the consumer's ids in it; '' where it has none.
CREATE TABLE usage_pages (
    space_id      TEXT   NOT NULL,
    role          TEXT   NOT NULL,
    flow          TEXT   NOT NULL,
    interval_no   BIGINT NOT NULL,
    page_no       BIGINT NOT NULL,
    agreement_id  TEXT   NOT NULL,
    first_seq     BIGINT NOT NULL,
    last_seq      BIGINT NOT NULL,
    first_request TEXT   NOT NULL,
    last_request  TEXT   NOT NULL,
    data          BLOB   NOT NULL,
    PRIMARY KEY (space_id, role, flow, interval_no, page_no)
);
