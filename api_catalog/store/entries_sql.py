"""The statements that find entries: one condition, of what is found, how many, and by facet."""

_COLUMNS = "document::text, facts::text, made_here, typed, version, created_at, modified_at"
# A plan for any question would walk through all entries in order of key, for few that match. What
# is not asked for costs nothing then either: long columns are not even read. All that match are
# held in memory once.
BEGIN = """
SELECT changes, set_config('plan_cache_mode', 'force_custom_plan', true),
       set_config('work_mem', '32MB', true)
FROM catalog_state"""

FIND = f"SELECT {_COLUMNS} FROM catalog_entry WHERE key = $1"
LISTED = f"SELECT key, {_COLUMNS} FROM catalog_entry WHERE key = ANY ($1)"
MADE_OF = f"SELECT {_COLUMNS} FROM catalog_entry WHERE tenant = $1 AND made_here"
MADE_OF_PLATFORM = f"SELECT {_COLUMNS} FROM catalog_entry WHERE tenant IS NULL AND made_here"
MARK_OF = """
SELECT concat(count(*), ' ', sum(version)) FROM catalog_entry WHERE tenant = $1 AND made_here"""
KEY_OF = "SELECT key FROM catalog_entry WHERE package = $1"

_MATCHES = """
FROM catalog_entry
WHERE ($1 OR owner = ANY ($2) OR (lifecycle IN ('published', 'deprecated')
       AND (visibility = 'public' OR (visibility = 'members' AND $3)
            OR (visibility = 'tenant' AND tenant = ANY ($4)))))
  AND (cardinality($5::text[]) = 0 OR grams @> $5)
  AND ($6::text::jsonb = '{}' OR facets @> $6::text::jsonb)
  AND (cardinality($7::text[]) = 0 OR searched LIKE ALL ($7))
  AND (NOT $8 OR tenant IS NULL) AND ($9::timestamptz IS NULL OR modified_at >= $9)
  AND (cardinality($10::text[]) = 0 OR owner = ANY ($10))
  AND (NOT $11 OR jsonb_array_length(facets -> 'model') > 0)
  AND ($12::text IS NULL OR kind = $12) AND ($13::text IS NULL OR tenant = $13)"""
_BY_KEY = "key"
_NEWEST_FIRST = "modified_at DESC, key"


def _page(order: str) -> str:
    return f"SELECT key {_MATCHES} AND key > $14 ORDER BY {order} LIMIT $15 OFFSET $16"


def _counted(order: str) -> str:
    """One pass over what matches: the page's keys, how many there are, and how many by facet.

    Rows without a facet are the total, at place 0, and the keys behind it.
    """
    return f"""
WITH matching AS MATERIALIZED (
    SELECT key, modified_at, CASE WHEN cardinality($17::text[]) > 0 THEN labels END AS labels
    {_MATCHES}
), counted AS (
    SELECT label, count(*) AS entries
    FROM (SELECT unnest(labels) AS label FROM matching) each GROUP BY label
), named AS (
    SELECT split_part(label, '=', 1) AS facet, substr(label, strpos(label, '=') + 1) AS value,
           entries
    FROM counted
), ranked AS (
    SELECT facet, value, entries,
           row_number() OVER (PARTITION BY facet ORDER BY entries DESC, value) AS place
    FROM named WHERE facet = ANY ($17)
)
SELECT '' AS facet, '' AS value, count(*) AS entries, 0 AS place FROM matching
UNION ALL
SELECT '', key, 0, row_number() OVER (ORDER BY {order})
FROM (SELECT key, modified_at FROM matching WHERE key > $14
      ORDER BY {order} LIMIT $15 OFFSET $16) page
UNION ALL
SELECT facet, value, entries, place FROM ranked WHERE place <= $18
ORDER BY facet, place"""


PAGE, NEWEST = _page(_BY_KEY), _page(_NEWEST_FIRST)
COUNTED, COUNTED_NEWEST = _counted(_BY_KEY), _counted(_NEWEST_FIRST)
