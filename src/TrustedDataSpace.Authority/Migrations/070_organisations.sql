-- Who stands behind a participant, for the operator only. The log has a commitment to it; the salt is kept here alone.
ALTER TABLE participants ADD COLUMN organisation TEXT;
ALTER TABLE participants ADD COLUMN organisation_salt TEXT;
