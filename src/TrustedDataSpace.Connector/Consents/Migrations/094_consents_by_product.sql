-- The consents about one product, and those of one subject, by id.
CREATE INDEX consents_by_product ON consents (space_id, product, id);
CREATE INDEX consents_by_subject ON consents (space_id, subject, id);
