-- seq: order of first registration over all spaces of this database, and the row id in the index.
CREATE TABLE products (
    space_id TEXT   NOT NULL,
    provider TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    seq      BIGINT NOT NULL,
    body     TEXT   NOT NULL,
    PRIMARY KEY (space_id, provider, id)
);
CREATE UNIQUE INDEX products_by_seq ON products (seq);
CREATE INDEX products_newest ON products (space_id, seq);

-- SQLite's full-text index; another engine brings its own in its place.
CREATE VIRTUAL TABLE product_words USING fts5 (words, tokenize = 'unicode61');
