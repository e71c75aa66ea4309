-- Messages of peers that were acted on, so that one delivered twice changes nothing the second time.
CREATE TABLE dsp_inbox (
    space_id     TEXT   NOT NULL,
    counterparty TEXT   NOT NULL,
    message      TEXT   NOT NULL,
    received_at  BIGINT NOT NULL,
    PRIMARY KEY (space_id, counterparty, message)
);
CREATE INDEX dsp_inbox_by_age ON dsp_inbox (space_id, received_at);
