"""The statements that fill snapshots and clear them away."""

from broker.store.snapshots import COLUMNS
from broker.store.tenants import CLOSED

NEXT = """
SELECT id FROM snapshot
WHERE tenant = $1 AND status = 'preparing' AND expires_at > $2
  AND (claimed_until IS NULL OR claimed_until <= $2)
ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED"""
NUMBER = """
INSERT INTO tenant_state (tenant, epoch, status, history_days, owner, is_logged)
SELECT nextval('snapshot_number'), epoch, status, 0, tenant, is_logged FROM tenant_state
WHERE tenant = $1 RETURNING tenant"""
CLAIM = f"""
UPDATE snapshot SET number = $3, claimed_until = $4, attempts = attempts + 1
WHERE tenant = $1 AND id = $2 RETURNING attempts, {COLUMNS}"""
PATHS = "SELECT path FROM index_declaration WHERE tenant = $1 AND is_complete"
DECLARE = """
INSERT INTO index_declaration (tenant, path, is_complete) SELECT $1, unnest($2::text[]), true"""
_OURS = "WHERE tenant = $1 AND id = $2 AND number = $3 AND status = 'preparing' RETURNING true"
RENEW = f"UPDATE snapshot SET claimed_until = $4 {_OURS}"
POSTPONE = f"UPDATE snapshot SET claimed_until = $4, attempts = attempts - 1 {_OURS}"
FINISH = f"""
UPDATE snapshot
SET status = $4, queries = $5, temporal_queries = $6, modified_at = $7, claimed_until = NULL,
    is_notice_due = endpoint IS NOT NULL
{_OURS}"""
DUE = "SELECT min(claimed_until) FROM snapshot WHERE tenant = $1 AND status = 'preparing'"
STORED = """
SELECT id, kind, created_at, modified_at, expires_at, scopes, document
FROM entity WHERE tenant = $1 AND id = ANY ($2)"""
NOTICES = f"SELECT {COLUMNS} FROM snapshot WHERE tenant = $1 AND is_notice_due ORDER BY created_at"
NOTICED = """
UPDATE snapshot SET is_notice_due = false
WHERE tenant = $1 AND id = $2 AND modified_at = $3 AND status = $4"""
EXPIRE = f"DELETE FROM snapshot WHERE tenant = $1 AND expires_at <= $2 RETURNING {COLUMNS}"
FORSAKEN = """
SELECT tenant FROM tenant_state s WHERE owner = $1 AND NOT EXISTS (
    SELECT 1 FROM snapshot n WHERE n.tenant = $1 AND n.number = s.tenant)"""
LOCK = "SELECT pg_advisory_xact_lock($1::int, $2::int)"
CLOSE = f"UPDATE tenant_state SET epoch = {CLOSED}, status = 'retired' WHERE tenant = $1"
FORGET = "DELETE FROM tenant_state WHERE tenant = $1"
TABLES = ("entity_index", "entity_map", "flush", "index_declaration", "attribute_instance")
BATCH = 5_000
CLEAR_ENTITIES = """
WITH gone AS (
    DELETE FROM entity WHERE tenant = $1 AND id IN (
        SELECT id FROM entity WHERE tenant = $1 ORDER BY id LIMIT $2)
    RETURNING id
), unindexed AS (
    DELETE FROM entity_index WHERE tenant = $1 AND id IN (SELECT id FROM gone)
)
SELECT count(*) FROM gone"""
