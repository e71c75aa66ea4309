-- What the operator itself has revoked is not issued again because its holder asks.
ALTER TABLE credentials ADD COLUMN barred INTEGER NOT NULL DEFAULT 0;

-- An answer is under way until it is delivered or given up, a rejection too.
ALTER TABLE credential_requests ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;
UPDATE credential_requests SET answered = 1 WHERE state <> 'RECEIVED';
