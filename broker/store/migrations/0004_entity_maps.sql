-- Entity maps: which entities a sequence of requests is about (CIM 009 §5.14).

CREATE TABLE entity_map (
    tenant int NOT NULL,
    id text COLLATE "C" NOT NULL,
    question text COLLATE "C" NOT NULL,  -- what the query asked but for ids and the page
    members text[] COLLATE "C" NOT NULL, -- ids in the query's order; null: removed
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX entity_map_by_expiry ON entity_map (tenant, expires_at);
CREATE INDEX entity_map_by_age ON entity_map (tenant, created_at);

DO $$ BEGIN
    ALTER TABLE entity_map ALTER COLUMN members SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;

CREATE POLICY own_tenant ON entity_map
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);

GRANT SELECT, INSERT, UPDATE, DELETE ON entity_map TO renkei_app;
