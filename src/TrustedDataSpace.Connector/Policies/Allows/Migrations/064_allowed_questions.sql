-- The questions behind decisions that allowed use, sealed, one for each decision that was taken, however often it was used again: for as long as whoever
-- asks why is answered. commitment: what the evidence has in their place.
CREATE TABLE allowed_questions (
    space_id   TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    revision   TEXT   NOT NULL,
    permission TEXT   NOT NULL,
    purpose    TEXT,
    stage      TEXT   NOT NULL,
    salt       TEXT   NOT NULL,
    commitment TEXT   NOT NULL,
    question   TEXT   NOT NULL,
    kept_until BIGINT NOT NULL,
    PRIMARY KEY (space_id, id)
);
CREATE INDEX allowed_questions_by_end ON allowed_questions (space_id, kept_until);

-- In which intervals of flows they were used. entry: the evidence that names them, once the interval is recorded.
CREATE TABLE allowed_uses (
    space_id    TEXT   NOT NULL,
    flow        TEXT   NOT NULL,
    interval_no BIGINT NOT NULL,
    question    TEXT   NOT NULL,
    entry       TEXT,
    PRIMARY KEY (space_id, flow, interval_no, question)
);
CREATE INDEX allowed_uses_by_interval ON allowed_uses (space_id, interval_no);
CREATE INDEX allowed_uses_by_entry ON allowed_uses (space_id, entry) WHERE entry IS NOT NULL;
