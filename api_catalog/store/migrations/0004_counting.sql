-- compatible: older programs neither read nor write what is new here, and a trigger counts for them
-- What entries are counted by, so that one pass counts by everything; and how often they changed,
-- so that a count may be remembered for as long as it is right.

CREATE FUNCTION catalog_labels(facets jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce((
    SELECT array_agg(facet.key || '=' || member.value)
    FROM jsonb_each(facets) facet, jsonb_array_elements_text(facet.value) AS member (value)
), '{}');
ALTER TABLE catalog_entry ADD COLUMN labels text[] COLLATE "C"
    GENERATED ALWAYS AS (catalog_labels(facets)) STORED;

CREATE TABLE catalog_state (
    alone boolean PRIMARY KEY DEFAULT true CHECK (alone),
    changes bigint NOT NULL
);
INSERT INTO catalog_state (changes) VALUES (0);
GRANT SELECT, UPDATE ON catalog_state TO renkei_app;

-- What is noted of data changes no count: facts and the time of the last change stand apart.
CREATE FUNCTION catalog_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog_state SET changes = changes + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_entry_changed
    AFTER INSERT OR DELETE
    OR UPDATE OF kind, owner, tenant, lifecycle, visibility, searched, grams, facets
    ON catalog_entry FOR EACH STATEMENT EXECUTE FUNCTION catalog_changed();
