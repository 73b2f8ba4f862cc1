-- Which models each tenant has adopted, and what was found in what it wrote.

CREATE SEQUENCE adopted_model_change;

-- A row is never deleted: a process that was away finds by `change` what it missed.
CREATE TABLE adopted_model (
    tenant int NOT NULL,
    type text COLLATE "C" NOT NULL,
    validation text COLLATE "C" NOT NULL CHECK (validation IN ('off', 'warn', 'enforce')),
    gaps boolean NOT NULL,
    is_dropped boolean NOT NULL DEFAULT false,
    change bigint NOT NULL,
    set_by text COLLATE "C" NOT NULL,
    set_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, type)
);
CREATE UNIQUE INDEX adopted_model_by_change ON adopted_model (change);

-- How often which place was wrong; counted, not audited: a kill may cost a second of it.
CREATE TABLE model_finding (
    tenant int NOT NULL,
    type text COLLATE "C" NOT NULL,
    place text COLLATE "C" NOT NULL,
    is_refused boolean NOT NULL,
    count bigint NOT NULL,
    last_ja text COLLATE "C" NOT NULL,
    last_en text COLLATE "C" NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, type, place, is_refused)
);

-- Files that are imported again and again, by one process at a time.
CREATE TABLE import_schedule (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant int NOT NULL,
    tenant_name text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    municipality text COLLATE "C",
    mapping jsonb NOT NULL,
    deletes_vanished boolean NOT NULL,
    every_s int NOT NULL CHECK (every_s >= 60),
    next_at timestamptz NOT NULL,
    etag text COLLATE "C",
    last_modified text COLLATE "C",
    leased_until timestamptz,
    lease bigint NOT NULL DEFAULT 0,
    report jsonb,
    set_by text COLLATE "C" NOT NULL,
    set_at timestamptz NOT NULL,
    UNIQUE (tenant, type, source)
);
CREATE INDEX import_schedule_due ON import_schedule (next_at);

GRANT SELECT, INSERT, UPDATE ON adopted_model, model_finding TO renkei_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON import_schedule TO renkei_app;
GRANT USAGE ON SEQUENCE adopted_model_change TO renkei_app;
