-- Tenants of storage external: nothing of theirs is stored, but where their own endpoint is.

ALTER TABLE tenant DROP CONSTRAINT tenant_storage_check;
ALTER TABLE tenant ADD CONSTRAINT tenant_storage_check
    CHECK (storage IN ('separated', 'shared', 'external'));

CREATE TABLE external_endpoint (
    tenant int PRIMARY KEY REFERENCES tenant (number),
    url text COLLATE "C" NOT NULL,
    tenant_there text COLLATE "C",  -- what the endpoint calls this tenant; null: its default one
    credentials text COLLATE "C" NOT NULL
        CHECK (credentials IN ('none', 'api_key', 'oauth2', 'mtls')),
    sealed bytea NOT NULL,          -- credentials and certificates to trust, encrypted
    timeout_s double precision NOT NULL CHECK (timeout_s > 0),
    version bigint NOT NULL DEFAULT 1,
    changed_by text COLLATE "C" NOT NULL,
    changed_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON external_endpoint TO renkei_app;
