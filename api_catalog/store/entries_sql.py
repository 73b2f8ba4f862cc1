"""The statements that find entries: one condition, of what is found, how many, and by facet."""

_COLUMNS = "document::text, facts::text, made_here, typed, version, created_at, modified_at"
BY_WHAT_IS_ASKED = "SET LOCAL plan_cache_mode = force_custom_plan"
"""A plan for any question would walk through all entries in order of key, for few that match.

What is not asked for costs nothing then either: long columns are not even read.
"""

FIND = f"SELECT {_COLUMNS} FROM catalog_entry WHERE key = $1"
MADE_OF = f"SELECT {_COLUMNS} FROM catalog_entry WHERE tenant = $1 AND made_here"
MADE_OF_PLATFORM = f"SELECT {_COLUMNS} FROM catalog_entry WHERE tenant IS NULL AND made_here"
KEY_OF = "SELECT key FROM catalog_entry WHERE package = $1"

_MATCHES = """
FROM catalog_entry
WHERE ($1 OR owner = ANY ($2) OR (lifecycle IN ('published', 'deprecated')
       AND (visibility = 'public' OR (visibility = 'members' AND $3)
            OR (visibility = 'tenant' AND tenant = ANY ($4)))))
  AND (cardinality($5::text[]) = 0 OR grams @> $5)
  AND ($6::text::jsonb = '{}' OR facets @> $6::text::jsonb)
  AND (cardinality($7::text[]) = 0
       OR (SELECT bool_and(strpos(searched, word) > 0) FROM unnest($7) word))
  AND (NOT $8 OR tenant IS NULL) AND ($9::timestamptz IS NULL OR modified_at >= $9)
  AND (cardinality($10::text[]) = 0 OR owner = ANY ($10))
  AND (NOT $11 OR jsonb_array_length(facets -> 'model') > 0)
  AND ($12::text IS NULL OR kind = $12) AND ($13::text IS NULL OR tenant = $13)"""
_LISTED = f"SELECT {_COLUMNS} FROM catalog_entry WHERE key = ANY (ARRAY ("
# Which entries first: their documents are read of one page, not of all that match.
PAGE = f"""
{_LISTED}SELECT key {_MATCHES} AND key > $14 ORDER BY key LIMIT $15 OFFSET $16)) ORDER BY key"""
NEWEST = f"""
{_LISTED}SELECT key {_MATCHES} AND key > $14 ORDER BY modified_at DESC, key LIMIT $15 OFFSET $16))
ORDER BY modified_at DESC, key"""
TOTAL = f"SELECT count(*) {_MATCHES}"
FACETS = f"""
SELECT facet.key, member.value, count(*) AS entries
FROM (SELECT facets {_MATCHES}) matching, jsonb_each(matching.facets) facet,
     jsonb_array_elements_text(facet.value) AS member (value)
WHERE facet.key = ANY ($14) GROUP BY facet.key, member.value ORDER BY entries DESC, member.value"""
