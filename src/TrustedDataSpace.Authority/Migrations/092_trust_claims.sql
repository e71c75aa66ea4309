-- For which claims an issuer is believed; null: those of the types, as the documents describe them.
ALTER TABLE trusted_issuers ADD COLUMN claims TEXT;

-- How often the status of a credential has changed. Connectors are told the number, and fetch the status lists anew when it is another one.
CREATE TABLE credential_changes (
    space_id TEXT   NOT NULL,
    number   BIGINT NOT NULL,
    PRIMARY KEY (space_id)
);
