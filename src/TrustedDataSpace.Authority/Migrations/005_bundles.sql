-- Which revision of a policy bundle was published last, so that a new one is noticed once.
CREATE TABLE published_bundles (
    space_id TEXT NOT NULL,
    name     TEXT NOT NULL,
    revision TEXT NOT NULL,
    PRIMARY KEY (space_id, name)
);
