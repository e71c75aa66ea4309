-- What was issued, and how it stands. The bits of the status lists are the states of these rows.
CREATE TABLE credentials (
    space_id     TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    type         TEXT   NOT NULL,
    holder       TEXT   NOT NULL,
    claims       TEXT   NOT NULL,
    valid_from   BIGINT NOT NULL,
    valid_until  BIGINT NOT NULL,
    status_list  BIGINT NOT NULL,
    status_index BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    reason       TEXT,
    PRIMARY KEY (space_id, id)
);
CREATE UNIQUE INDEX credentials_by_place ON credentials (space_id, status_list, status_index);
CREATE INDEX credentials_by_holder ON credentials (space_id, holder, type);
CREATE INDEX credentials_by_state ON credentials (space_id, status_list, state);
