-- Where a peer's version document last said that it speaks our version: it may not answer at the moment when that is asked again.
CREATE TABLE peer_versions (
    space_id TEXT NOT NULL,
    peer     TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    path     TEXT NOT NULL,
    PRIMARY KEY (space_id, peer)
);
