-- Snapshots: frozen copies of what queries found (CIM 009 §5.16).
--
-- The entities of a snapshot are stored as if the snapshot were a tenant of its own, under a number
-- below 0; so whatever works on a tenant works on a snapshot. Each attempt to fill one takes a new
-- number: who is late writes where nobody looks, or is turned away.

CREATE SEQUENCE snapshot_number AS int INCREMENT BY -1 MINVALUE -2147483647 MAXVALUE -1;

ALTER TABLE tenant_state ADD COLUMN owner int;  -- of a snapshot's number: the tenant it is of
CREATE INDEX tenant_state_by_owner ON tenant_state (owner) WHERE owner IS NOT NULL;

CREATE TABLE snapshot (
    tenant int NOT NULL,
    id text COLLATE "C" NOT NULL,
    number int,                          -- what its entities are stored under
    source text COLLATE "C",             -- the snapshot that it is a clone of
    document json NOT NULL,              -- as given, but for its endpoint
    endpoint bytea,                      -- encrypted JSON: address and headers of the receiver
    context json,
    priority smallint NOT NULL,
    status text COLLATE "C" NOT NULL,
    queries json NOT NULL,               -- what became of its queries
    temporal_queries json NOT NULL,
    created_at timestamptz NOT NULL,
    modified_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    claimed_until timestamptz,           -- while it is being filled: nobody else fills it before
    attempts int NOT NULL DEFAULT 0,     -- to fill it
    is_notice_due boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant, id)
) WITH (fillfactor = 70);

-- A tenant sees its own row and those of its snapshots; a snapshot its own.
DROP POLICY own_tenant ON tenant_state;
CREATE POLICY own_tenant ON tenant_state
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int
        OR owner = nullif(current_setting('renkei.tenant', true), '')::int);
CREATE POLICY own_tenant ON snapshot
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);

GRANT SELECT, INSERT, UPDATE, DELETE ON snapshot TO renkei_app;
GRANT USAGE ON SEQUENCE snapshot_number TO renkei_app;
