-- Provider: x5t#S256 of the client certificate over which the transfer was asked for; NULL without one. Its tokens are bound to that, from the first to the last.
ALTER TABLE transfers ADD COLUMN certificate TEXT;
