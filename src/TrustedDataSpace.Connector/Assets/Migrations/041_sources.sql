-- How a source is reached, and what it is asked at all: JSON; null where nothing was said, as with every asset from before.
ALTER TABLE assets ADD COLUMN source TEXT;
ALTER TABLE assets ADD COLUMN rules TEXT;
