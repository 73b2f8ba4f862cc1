-- Entries that are made from what a tenant holds, and when each tenant is looked at.

-- Members of a made entry that somebody typed; the others follow the data.
ALTER TABLE catalog_entry ADD COLUMN typed text[] COLLATE "C" NOT NULL DEFAULT '{}';

CREATE TABLE catalog_look (
    tenant text COLLATE "C" PRIMARY KEY,
    due_at timestamptz NOT NULL,
    leased_until timestamptz,              -- a process is at it
    looked_at timestamptz,
    mark text COLLATE "C" NOT NULL DEFAULT '',  -- what the tenant's counts were then
    held jsonb NOT NULL DEFAULT '[]',      -- what it held, and when that was read
    held_at timestamptz,
    cost_s float8 NOT NULL DEFAULT 0       -- how long looking took
);
CREATE INDEX catalog_look_by_due ON catalog_look (due_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON catalog_look TO renkei_app;
