-- What a tenant stores and what was written, counted by the transactions that do it.
--
-- Each process adds to rows of its own, so that processes do not wait for each other; a tenant's
-- amount is the sum of its rows. Rows of processes that are gone are folded into one.

CREATE TABLE stored_amount (
    tenant int NOT NULL,
    process uuid NOT NULL,
    entities bigint NOT NULL,
    attributes bigint NOT NULL,          -- attribute instances
    bytes bigint NOT NULL,               -- of the attributes as compact JSON
    PRIMARY KEY (tenant, process)
) WITH (fillfactor = 50);

CREATE TABLE written_amount (
    tenant int NOT NULL,
    day date NOT NULL,                   -- in Japan
    service text COLLATE "C" NOT NULL,   -- on whose behalf; empty: the platform's own doing
    process uuid NOT NULL,
    changes bigint NOT NULL,             -- commands that changed an entity
    notifications bigint NOT NULL,       -- that arrived
    PRIMARY KEY (tenant, day, service, process)
) WITH (fillfactor = 50);

CREATE POLICY own_tenant ON stored_amount
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);
CREATE POLICY own_tenant ON written_amount
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);

GRANT SELECT, INSERT, UPDATE, DELETE ON stored_amount, written_amount TO renkei_app;
