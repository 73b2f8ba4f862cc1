-- Enters tenants one after another for a transaction that writes in all of them, each in half of
-- the time that `enter_for_writing` takes; that one stays for processes of the version before.

-- Takes the lock that writers share and locks the group's entities. Who could not be entered at
-- once, is at another epoch or being copied away gives no row. No group is noted here, for what is
-- committed together is committed for the first time: whoever tries again does so alone.
CREATE FUNCTION enter_together(
    lock_class int, wanted int[], epochs bigint[], limited boolean[],
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
    own_ids text[];
    own_entities bigint;
    own_bytes bigint;
BEGIN
    FOR turn IN 1 .. cardinality(wanted) LOOP
        whose := wanted[turn];
        entered := set_config('renkei.tenant', whose::text, true);
        CONTINUE WHEN NOT pg_try_advisory_xact_lock_shared(lock_class, whose);
        own_entities := NULL;
        own_bytes := NULL;
        own_ids := ids[firsts[turn]:lasts[turn]];
        IF limited[turn] THEN
            SELECT coalesce(sum(entities), 0), coalesce(sum(bytes), 0)
            INTO own_entities, own_bytes FROM written_amount WHERE tenant = whose;
        END IF;
        -- The statement sees what is committed when it begins: what movers wrote before the lock.
        RETURN QUERY
            SELECT turn, s.epoch, s.subscription_version, s.index_version, s.history_days,
                   own_entities, own_bytes, e.*
            FROM tenant_state s LEFT JOIN LATERAL (
                SELECT id, kind, created_at, modified_at, expires_at, scopes, document FROM entity
                WHERE tenant = whose AND id = ANY (own_ids) ORDER BY id FOR UPDATE
            ) e ON true
            WHERE s.tenant = whose AND s.epoch = epochs[turn] AND NOT s.is_logged;
    END LOOP;
END $$;
