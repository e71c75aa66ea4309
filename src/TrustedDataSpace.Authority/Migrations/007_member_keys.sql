-- Keys that members used before. They stay, so that what they signed can be verified later.
CREATE TABLE former_keys (
    space_id       TEXT   NOT NULL,
    participant    TEXT   NOT NULL,
    kid            TEXT   NOT NULL,
    jwk            TEXT   NOT NULL,
    accepted_until BIGINT NOT NULL,
    PRIMARY KEY (space_id, participant, kid)
);
