-- Whose standing has changed (admitted, suspended, left, moved, another key), in order: connectors follow it. Old ones are dropped.
CREATE TABLE standing_changes (
    space_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    participant TEXT NOT NULL,
    PRIMARY KEY (space_id, number)
);
