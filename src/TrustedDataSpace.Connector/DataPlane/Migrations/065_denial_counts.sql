-- Denials beyond those that are evidence singly, counted for each flow and minute: here until they are evidence, so that a kill loses none of them.
CREATE TABLE denial_counts (
    space_id     TEXT   NOT NULL,
    flow         TEXT   NOT NULL,
    minute       BIGINT NOT NULL,
    agreement_id TEXT   NOT NULL,
    consumer     TEXT   NOT NULL,
    denials      BIGINT NOT NULL,
    reasons      TEXT   NOT NULL,
    PRIMARY KEY (space_id, flow, minute)
);
