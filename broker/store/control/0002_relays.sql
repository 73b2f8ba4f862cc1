-- Subscriptions at external tenants' own endpoints whose notifications go on from here. Nothing in
-- a row can be read without the instance's key: tokens and ids are hashes, the rest is sealed.
CREATE TABLE relay (
    token bytea PRIMARY KEY,         -- SHA-256 of what the source says in the address
    tenant text COLLATE "C" NOT NULL,
    subscription bytea NOT NULL,     -- keyed hash of its id at the source
    sealed bytea NOT NULL,           -- the id, the token and the subscriber's endpoint
    times_sent bigint NOT NULL DEFAULT 0,
    times_failed bigint NOT NULL DEFAULT 0,
    last_notification timestamptz,
    last_success timestamptz,
    last_failure timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX relay_by_subscription ON relay (tenant, subscription);

GRANT SELECT, INSERT, UPDATE, DELETE ON relay TO renkei_app;
