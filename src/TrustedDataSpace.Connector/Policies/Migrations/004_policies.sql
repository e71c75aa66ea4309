-- Revision of the policy bundle that decides: written when it changes, so that whoever waits for one is woken by the commit.
CREATE TABLE policy_revision (
    space_id  TEXT   NOT NULL,
    revision  TEXT   NOT NULL,
    loaded_at BIGINT NOT NULL,
    PRIMARY KEY (space_id)
);
