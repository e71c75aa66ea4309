-- Provider: which of the flow's keys is in force (each start by the provider makes another), and what its tokens are bound to (never the key
-- itself: it is derived). Consumer: the key, sealed under the master key.
ALTER TABLE flows ADD COLUMN key_number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE flows ADD COLUMN binding TEXT;
ALTER TABLE flows ADD COLUMN flow_key TEXT;
-- What the keys of flows are derived from, sealed under the master key.
CREATE TABLE flow_secrets (
    space_id TEXT NOT NULL,
    name     TEXT NOT NULL,
    sealed   TEXT NOT NULL,
    PRIMARY KEY (space_id, name)
);
-- 1: a consumer's connector that knows no keys of flows gets data for its access token alone.
ALTER TABLE products     ADD COLUMN allow_bearer BIGINT NOT NULL DEFAULT 0;
ALTER TABLE negotiations ADD COLUMN allow_bearer BIGINT NOT NULL DEFAULT 0;
ALTER TABLE agreements   ADD COLUMN allow_bearer BIGINT NOT NULL DEFAULT 0;
