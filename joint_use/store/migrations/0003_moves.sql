-- Moves of tenants from one database to another: how far each is, so that it outlives who does it.

CREATE TABLE tenant_move (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant int NOT NULL REFERENCES tenant (number),
    phase text COLLATE "C" NOT NULL CHECK (phase IN (
        'registered', 'copying', 'switching', 'returning', 'cleaning', 'moved', 'rolled_back')),
    from_storage text COLLATE "C" NOT NULL,
    from_server text COLLATE "C" NOT NULL,
    from_database text COLLATE "C" NOT NULL,
    to_storage text COLLATE "C" NOT NULL,
    to_server text COLLATE "C" NOT NULL,
    to_database text COLLATE "C" NOT NULL,
    by text COLLATE "C" NOT NULL,
    asked_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    copied bigint NOT NULL DEFAULT 0,    -- rows
    held_ms int,                         -- for how long the tenant's writers were held
    reason text COLLATE "C" NOT NULL DEFAULT '',
    kept_until timestamptz               -- while cleaning: the old rows stay until then
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX tenant_move_under_way ON tenant_move (tenant)
    WHERE phase IN ('registered', 'copying', 'switching', 'returning');
CREATE INDEX tenant_move_unfinished ON tenant_move (number)
    WHERE phase NOT IN ('moved', 'rolled_back');

GRANT SELECT, INSERT, UPDATE ON tenant_move TO renkei_app;
