-- The question behind each denial in the evidence, sealed, for as long as whoever asks why is answered. The entry commits to it under the salt.
CREATE TABLE denied_questions (
    space_id   TEXT   NOT NULL,
    entry      TEXT   NOT NULL,
    revision   TEXT   NOT NULL,
    salt       TEXT   NOT NULL,
    question   TEXT   NOT NULL,
    kept_until BIGINT NOT NULL,
    PRIMARY KEY (space_id, entry)
);

CREATE INDEX denied_questions_by_end ON denied_questions (space_id, kept_until);
