-- Which log this is: 1 the first, 2 the one that followed when that had lost entries, and so on. Without a row: 1.
CREATE TABLE log_generation (
    space_id   TEXT   NOT NULL,
    generation BIGINT NOT NULL,
    PRIMARY KEY (space_id)
);
