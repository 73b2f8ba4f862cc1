"""The statements that find entries: one condition, of what is found, how many, and by facet."""

_COLUMNS = "document::text, facts::text, made_here, version, created_at, modified_at"
FIND = f"SELECT {_COLUMNS} FROM catalog_entry WHERE key = $1"
KEY_OF = "SELECT key FROM catalog_entry WHERE package = $1"

_MATCHES = """
FROM catalog_entry
WHERE ($1 OR owner = ANY ($2) OR (lifecycle IN ('published', 'deprecated')
       AND (visibility = 'public' OR (visibility = 'members' AND $3))))
  AND grams @> $4 AND facets @> $5::text::jsonb
  AND (SELECT coalesce(bool_and(strpos(searched, word) > 0), true) FROM unnest($6::text[]) word)"""
PAGE = f"SELECT {_COLUMNS} {_MATCHES} AND key > $7 ORDER BY key LIMIT $8 OFFSET $9"
NEWEST = (
    f"SELECT {_COLUMNS} {_MATCHES} AND key > $7 ORDER BY modified_at DESC, key LIMIT $8 OFFSET $9"
)
TOTAL = f"SELECT count(*) {_MATCHES}"
FACETS = f"""
SELECT facet.key, member.value, count(*) AS entries
FROM (SELECT facets {_MATCHES}) matching, jsonb_each(matching.facets) facet,
     jsonb_array_elements_text(facet.value) AS member (value)
WHERE facet.key = ANY ($7) GROUP BY facet.key, member.value ORDER BY entries DESC, member.value"""
