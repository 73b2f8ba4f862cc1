-- Where notifications are still to be sent, so that nobody has to open every tenant's database.

-- Processes that live; one that stays silent is removed by the others.
CREATE TABLE delivery_process (
    id uuid PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- A process may have left undelivered rows in a tenant: noted before its first such write there,
-- and removed when they are delivered.
CREATE TABLE delivery_pending (
    process uuid NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    PRIMARY KEY (process, tenant)
);

-- By when somebody has to have looked after a tenant's intervals.
CREATE TABLE delivery_schedule (
    tenant text COLLATE "C" PRIMARY KEY,
    next_due timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX delivery_schedule_by_due ON delivery_schedule (next_due);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON delivery_process, delivery_pending, delivery_schedule TO renkei_app;
