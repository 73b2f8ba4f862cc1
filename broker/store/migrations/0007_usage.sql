-- What was written and by how much it made grow what is stored, counted by the writes themselves.
--
-- Each process adds to rows of its own, so that processes do not wait for each other; what a tenant
-- stores is the sum of all its rows. Rows are folded now and then, those of old days into one.
CREATE TABLE written_amount (
    tenant int NOT NULL,
    day date NOT NULL,                   -- in Japan
    service text COLLATE "C" NOT NULL,   -- on whose behalf; empty: the platform's own doing
    process uuid NOT NULL,
    changes bigint NOT NULL DEFAULT 0,   -- commands that changed an entity
    notifications bigint NOT NULL DEFAULT 0,  -- that arrived
    entities bigint NOT NULL DEFAULT 0,  -- more than before, or less
    attributes bigint NOT NULL DEFAULT 0,     -- attribute instances, likewise
    bytes bigint NOT NULL DEFAULT 0,     -- of the attributes as compact JSON, likewise
    PRIMARY KEY (tenant, day, service, process)
) WITH (fillfactor = 50);

-- Adds to a process's row.
CREATE FUNCTION count_written(
    whose int, on_day date, by_service text, of_process uuid, more_changes bigint,
    more_notifications bigint, more_entities bigint, more_attributes bigint, more_bytes bigint
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE written_amount
        SET changes = changes + more_changes, notifications = notifications + more_notifications,
            entities = entities + more_entities, attributes = attributes + more_attributes,
            bytes = bytes + more_bytes
        WHERE tenant = whose AND day = on_day AND service = by_service AND process = of_process;
    IF NOT FOUND THEN
        INSERT INTO written_amount AS w
        VALUES (whose, on_day, by_service, of_process, more_changes, more_notifications,
                more_entities, more_attributes, more_bytes)
        ON CONFLICT (tenant, day, service, process) DO UPDATE
        SET changes = w.changes + excluded.changes,
            notifications = w.notifications + excluded.notifications,
            entities = w.entities + excluded.entities,
            attributes = w.attributes + excluded.attributes, bytes = w.bytes + excluded.bytes;
    END IF;
END $$;

CREATE POLICY own_tenant ON written_amount
    USING (tenant = nullif(current_setting('renkei.tenant', true), '')::int);

GRANT SELECT, INSERT, UPDATE, DELETE ON written_amount TO renkei_app;
