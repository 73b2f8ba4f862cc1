-- Entities of tenants, their indexed values and their history.
--
-- Separated and shared databases have the same tables. The tenant comes first in every key; in a
-- shared database row-level security is switched on when it is made ready. All text compares as
-- "C": its comparisons are leakproof and so stay index conditions under row-level security.

-- One row per tenant whose data are here. What every write reads, and the mover changes.
CREATE TABLE tenant_state (
    tenant int PRIMARY KEY,
    epoch bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    subscription_version bigint NOT NULL DEFAULT 1,  -- grows when subscriptions change
    index_version bigint NOT NULL DEFAULT 1,         -- grows when index_declaration changes
    history_days int NOT NULL DEFAULT 30             -- retention; 0: no history is written
        CHECK (history_days >= 0)
) WITH (fillfactor = 50);

-- One row per committed group of writes: a replay after an unknown outcome finds it here.
CREATE TABLE flush (
    tenant int NOT NULL,
    id uuid NOT NULL,  -- begins with the time, so that old ones are one range
    PRIMARY KEY (tenant, id)
);

-- Combinations of entity types, sorted: a small dictionary.
CREATE TABLE entity_kind (
    tenant int NOT NULL,
    kind int NOT NULL GENERATED ALWAYS AS IDENTITY,
    types text[] COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, kind),
    UNIQUE (tenant, types)
);

-- The current state. fillfactor leaves room for updates that touch no index (HOT).
CREATE TABLE entity (
    tenant int NOT NULL,
    id text COLLATE "C" NOT NULL,
    kind int NOT NULL,
    created_at timestamptz NOT NULL,
    modified_at timestamptz NOT NULL,
    expires_at timestamptz,
    scopes text[] COLLATE "C",
    document jsonb NOT NULL,  -- attributes in stored form
    PRIMARY KEY (tenant, id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
CREATE INDEX entity_by_kind ON entity (tenant, kind, id);
CREATE INDEX entity_by_expiry ON entity (tenant, expires_at) WHERE expires_at IS NOT NULL;

-- One row per indexed value of an entity; its kind too, so that a query of one type walks past
-- nothing that other types call the same.
CREATE TABLE entity_index (
    tenant int NOT NULL,
    kind int NOT NULL,
    path text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    number float8,
    text text COLLATE "C",
    instant timestamptz,
    cell bigint
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
CREATE INDEX entity_index_by_entity ON entity_index (tenant, id);
CREATE INDEX entity_index_by_number ON entity_index (tenant, path, kind, number, id)
    WHERE number IS NOT NULL;
CREATE INDEX entity_index_by_text ON entity_index (tenant, path, kind, text, id)
    WHERE text IS NOT NULL;
CREATE INDEX entity_index_by_instant ON entity_index (tenant, path, kind, instant, id)
    WHERE instant IS NOT NULL;
CREATE INDEX entity_index_by_cell ON entity_index (tenant, path, kind, cell, id)
    WHERE cell IS NOT NULL;

-- Paths of attributes whose values are indexed for q; a GeoProperty always is. Writers keep the
-- rows of every path; queries look for the rows of those that are complete.
CREATE TABLE index_declaration (
    tenant int NOT NULL,
    path text COLLATE "C" NOT NULL,
    is_complete boolean NOT NULL DEFAULT false,
    declared_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, path)
);

-- History: one row per attribute instance that was written. `scope` and `type` are no attribute
-- IRIs: a scope row says which scopes an entity got, a type row of what types a deleted one was.
CREATE SEQUENCE attribute_instance_number CACHE 100;  -- in order within a group of writes
CREATE TABLE attribute_instance (
    tenant int NOT NULL,
    effect smallint NOT NULL,       -- 1 created, 2 updated, 3 deleted
    number bigint NOT NULL DEFAULT nextval('attribute_instance_number'),
    recorded_at timestamptz NOT NULL,
    observed_at timestamptz,
    entity_id text COLLATE "C" NOT NULL,
    attribute text COLLATE "C" NOT NULL,
    dataset_id text COLLATE "C",
    body jsonb                      -- the instance in stored form; null: deleted
) PARTITION BY RANGE (recorded_at);
CREATE INDEX attribute_instance_by_entity
    ON attribute_instance (tenant, entity_id, attribute, recorded_at);

-- Fast compression where this server has it.
DO $$ BEGIN
    ALTER TABLE entity ALTER COLUMN document SET COMPRESSION lz4;
    ALTER TABLE attribute_instance ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;

-- Sets the tenant for this transaction, for row-level security, and refuses a caller who knows
-- the tenant at another epoch (RK001) or looks for it in the wrong place (RK002).
CREATE FUNCTION enter_tenant(wanted int, known_epoch bigint) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    here bigint;
BEGIN
    PERFORM set_config('renkei.tenant', wanted::text, true);
    SELECT epoch INTO here FROM tenant_state WHERE tenant = wanted;
    IF here IS NULL THEN
        RAISE EXCEPTION 'Tenant % is not in this database', wanted USING ERRCODE = 'RK002';
    ELSIF here <> known_epoch THEN
        RAISE EXCEPTION 'Tenant % is at epoch %, not %', wanted, here, known_epoch
            USING ERRCODE = 'RK001';
    END IF;
END $$;

-- Reads entities by id in one round trip, the tenant's setting included.
CREATE FUNCTION read_entities(wanted int, known_epoch bigint, ids text[])
RETURNS TABLE (
    id text, kind int, created_at timestamptz, modified_at timestamptz, expires_at timestamptz,
    scopes text[], document jsonb
)
LANGUAGE plpgsql VOLATILE ROWS 20 AS $$
BEGIN
    PERFORM enter_tenant(wanted, known_epoch);
    RETURN QUERY
        SELECT e.id, e.kind, e.created_at, e.modified_at, e.expires_at, e.scopes, e.document
        FROM entity e WHERE e.tenant = wanted AND e.id = ANY (ids);
END $$;

-- Inert where row-level security is off.
CREATE POLICY own_tenant ON tenant_state
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);
CREATE POLICY own_tenant ON flush
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);
CREATE POLICY own_tenant ON entity_kind
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);
CREATE POLICY own_tenant ON entity
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);
CREATE POLICY own_tenant ON entity_index
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);
CREATE POLICY own_tenant ON index_declaration
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);
CREATE POLICY own_tenant ON attribute_instance
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON tenant_state, flush, entity_kind, entity, entity_index, index_declaration,
       attribute_instance
    TO renkei_app;
GRANT USAGE ON SEQUENCE attribute_instance_number TO renkei_app;
