-- One consent, two ledgers: what a client learns at the OpenID Provider stands here, which entities
-- it may read of her in joint use's data_consent. A row here names its rows there and is in force
-- only while all of them are.
ALTER TABLE release_consent
    ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN subject text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN data_consents bigint[] NOT NULL DEFAULT '{}';
CREATE INDEX release_consent_by_account ON release_consent (account, number);
CREATE INDEX release_consent_by_data ON release_consent USING gin (data_consents)
    WHERE withdrawn_at IS NULL AND data_consents <> '{}';
