-- Provider: the last interval that was used before the flow was closed. The consumer may have recorded it by now.
ALTER TABLE flows ADD COLUMN last_interval BIGINT NOT NULL DEFAULT 0;
