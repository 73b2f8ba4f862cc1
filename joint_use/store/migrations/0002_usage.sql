-- What tenants use, per service and day in Japan; and how much they may use.

-- Requests, from the journals of the processes that answered them.
CREATE TABLE usage_request (
    day date NOT NULL,
    tenant int NOT NULL REFERENCES tenant (number),
    service text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    status smallint NOT NULL,            -- the hundreds of the HTTP status
    requests bigint NOT NULL,
    bytes_in bigint NOT NULL,
    bytes_out bigint NOT NULL,
    PRIMARY KEY (day, tenant, service, operation, status)
) WITH (fillfactor = 70);
CREATE INDEX usage_request_by_tenant ON usage_request (tenant, day);

-- Users by a hash whose key is another one each day; after some days only their number is kept.
CREATE TABLE usage_user (
    day date NOT NULL,
    tenant int NOT NULL REFERENCES tenant (number),
    service text COLLATE "C" NOT NULL,
    hash bigint NOT NULL,
    PRIMARY KEY (day, tenant, service, hash)
);
CREATE TABLE usage_user_count (
    day date NOT NULL,
    tenant int NOT NULL REFERENCES tenant (number),
    service text COLLATE "C",            -- null: of all services together
    users bigint NOT NULL,
    UNIQUE NULLS NOT DISTINCT (day, tenant, service)
);

-- What tenants' own databases have counted: absolute, so that who copies it twice changes nothing.
CREATE TABLE usage_written (
    day date NOT NULL,
    tenant int NOT NULL REFERENCES tenant (number),
    service text COLLATE "C" NOT NULL,
    changes bigint NOT NULL,
    notifications bigint NOT NULL,
    PRIMARY KEY (day, tenant, service)
) WITH (fillfactor = 70);
CREATE INDEX usage_written_by_tenant ON usage_written (tenant, day);

-- What a tenant stored when it was last looked at on that day.
CREATE TABLE usage_stored (
    day date NOT NULL,
    tenant int NOT NULL REFERENCES tenant (number),
    entities bigint NOT NULL,
    attributes bigint NOT NULL,
    bytes bigint NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (day, tenant)
) WITH (fillfactor = 70);
CREATE INDEX usage_stored_by_tenant ON usage_stored (tenant, day);

-- How far each journal was counted; nothing is counted twice.
CREATE TABLE usage_journal (
    file text COLLATE "C" PRIMARY KEY,
    up_to bigint NOT NULL,
    counted_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- How much a tenant may use; null: what the settings say.
CREATE TABLE quota (
    tenant int PRIMARY KEY REFERENCES tenant (number),
    requests_per_s float8 CHECK (requests_per_s > 0),
    request_bytes bigint CHECK (request_bytes > 0),
    entities bigint CHECK (entities >= 0),
    bytes bigint CHECK (bytes >= 0),
    subscriptions bigint CHECK (subscriptions >= 0),
    set_by text COLLATE "C" NOT NULL,
    set_at timestamptz NOT NULL
);

-- Requests that a tenant may still make now; its processes draw some at a time. May be lost.
CREATE UNLOGGED TABLE quota_bucket (
    tenant int PRIMARY KEY,
    tokens float8 NOT NULL,
    filled_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Takes up to `wanted` tokens; answers with how many, which is 0 where the bucket is empty.
CREATE FUNCTION draw_tokens(whose int, wanted float8, per_s float8, burst float8) RETURNS float8
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    there float8;
    taken float8;
    instant timestamptz := clock_timestamp();
BEGIN
    INSERT INTO quota_bucket VALUES (whose, burst, instant) ON CONFLICT (tenant) DO NOTHING;
    SELECT least(burst, tokens + per_s * greatest(0, extract(epoch FROM instant - filled_at)))
        INTO there FROM quota_bucket WHERE tenant = whose FOR UPDATE;
    taken := least(wanted, floor(there));
    UPDATE quota_bucket SET tokens = there - taken, filled_at = greatest(filled_at, instant)
        WHERE tenant = whose;
    RETURN taken;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE
    ON usage_request, usage_user, usage_user_count, usage_written, usage_stored, usage_journal,
       quota, quota_bucket
    TO renkei_app;
