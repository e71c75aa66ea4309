-- Detached JWS over the canonical agreement; null where that party's connector does not sign.
ALTER TABLE agreements ADD COLUMN provider_signature TEXT;
ALTER TABLE agreements ADD COLUMN consumer_signature TEXT;
