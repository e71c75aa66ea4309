-- When the bundle was last signed, Unix seconds: connectors take no bundle that is older than the one they have, so no start with a
-- clock that was set back may sign an older time.
ALTER TABLE published_bundles ADD COLUMN issued_at BIGINT NOT NULL DEFAULT 0;
