CREATE TABLE sample (space_id TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (space_id, id));
