-- How far the journal of uses (a file beside this database) has been taken over into the tables. One row for each space.
CREATE TABLE usage_journal (
    space_id    TEXT   NOT NULL,
    generation  BIGINT NOT NULL,
    byte_offset BIGINT NOT NULL,
    PRIMARY KEY (space_id)
);
