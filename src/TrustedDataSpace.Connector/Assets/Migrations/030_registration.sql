-- Why the authority does not show the version in the catalog of the space; null: it does, or was not asked yet.
ALTER TABLE products ADD COLUMN registration_refusal TEXT;
