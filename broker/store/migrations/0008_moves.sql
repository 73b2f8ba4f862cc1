-- What moves a tenant to another database while it is written to (broker/store/moving.py).

-- While a tenant is being copied away, every statement that changes rows of it notes their keys, by
-- triggers that are made when the first move begins and sleep when none is under way.
CREATE TABLE move_log (
    tenant int NOT NULL,                 -- of the rows: the tenant's number or a snapshot's of it
    number bigint GENERATED ALWAYS AS IDENTITY,
    source text COLLATE "C" NOT NULL,    -- the table
    key jsonb NOT NULL                   -- its key's values behind the tenant, in order
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX move_log_by_tenant ON move_log (tenant, number);

-- Tenants that are being copied away from here; the triggers sleep when there are none.
CREATE TABLE move_source (number int PRIMARY KEY);

ALTER TABLE tenant_state ADD COLUMN is_logged boolean NOT NULL DEFAULT false;

CREATE POLICY own_tenant ON move_log
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);

GRANT INSERT ON move_log TO renkei_app;
