-- What one transaction writes in several tenants.

-- Enters the tenant of a row that is about to be written, and answers with its number: row-level
-- security sees each row while its tenant, and nobody else's, is entered.
CREATE FUNCTION entered(whose int) RETURNS int
LANGUAGE sql VOLATILE AS $$ SELECT set_config('renkei.tenant', whose::text, true)::int $$;

-- Enters tenants one after another for a transaction that writes in all of them: takes the lock
-- that writers share, notes the group and locks its entities. Who could not be entered at once, is
-- at another epoch or being copied away gives no row, and nothing of his is noted.
CREATE FUNCTION enter_for_writing(
    lock_class int, wanted int[], epochs bigint[], groups uuid[], limited boolean[],
    firsts int[], lasts int[], ids text[]  -- which of the ids are whose: from the first to the last
) RETURNS TABLE (
    place int, epoch bigint, subscription_version bigint, index_version bigint, history_days int,
    stored_entities bigint, stored_bytes bigint,
    id text, kind int, created_at timestamptz, modified_at timestamptz, expires_at timestamptz,
    scopes text[], document jsonb
)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    turn int;
    whose int;
    entered text;
BEGIN
    FOR turn IN 1 .. cardinality(wanted) LOOP
        whose := wanted[turn];
        entered := set_config('renkei.tenant', whose::text, true);
        CONTINUE WHEN NOT pg_try_advisory_xact_lock_shared(lock_class, whose);
        -- The statement sees what is committed when it begins: what movers wrote before the lock.
        RETURN QUERY
            WITH noted AS (
                INSERT INTO flush (tenant, id) SELECT whose, groups[turn] FROM tenant_state s
                WHERE s.tenant = whose AND s.epoch = epochs[turn] AND NOT s.is_logged
                RETURNING tenant
            ), locked AS (
                SELECT id, kind, created_at, modified_at, expires_at, scopes, document FROM entity
                WHERE tenant = whose AND id = ANY (ids[firsts[turn]:lasts[turn]])
                ORDER BY id FOR UPDATE
            )
            SELECT turn, s.epoch, s.subscription_version, s.index_version, s.history_days,
                   u.entities, u.bytes, e.*
            FROM noted JOIN tenant_state s ON s.tenant = noted.tenant
            LEFT JOIN locked e ON true
            LEFT JOIN LATERAL (
                SELECT coalesce(sum(entities), 0)::bigint AS entities,
                       coalesce(sum(bytes), 0)::bigint AS bytes
                FROM written_amount WHERE tenant = whose
            ) u ON limited[turn];
    END LOOP;
END $$;
