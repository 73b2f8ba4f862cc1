-- JSON-LD @contexts that a tenant hosts, has cached, or had made for it (CIM 009 §5.13).

CREATE TABLE stored_context (
    tenant int NOT NULL,
    local_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('Hosted', 'Cached', 'ImplicitlyCreated')),
    url text COLLATE "C",                -- where a cached one came from
    document json NOT NULL,              -- json, not jsonb: served as it came
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_usage timestamptz,
    hits bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, local_id)
);
CREATE UNIQUE INDEX stored_context_by_url ON stored_context (tenant, url) WHERE url IS NOT NULL;

CREATE POLICY own_tenant ON stored_context
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);

GRANT SELECT, INSERT, UPDATE, DELETE ON stored_context TO renkei_app;
