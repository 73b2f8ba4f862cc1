-- The API catalog: what organisations publish, each version of it, and how it is found.

CREATE TABLE catalog_entry (
    key text COLLATE "C" PRIMARY KEY,
    package text COLLATE "C" NOT NULL UNIQUE,  -- the id that CKAN's clients know it by
    kind text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    tenant text COLLATE "C",
    lifecycle text COLLATE "C" NOT NULL,
    visibility text COLLATE "C" NOT NULL,
    version int NOT NULL,
    document jsonb NOT NULL,
    facts jsonb,                              -- of a dataset: what is known by looking at the data
    made_here boolean NOT NULL DEFAULT false, -- made from what is in a tenant, not typed by anybody
    searched text COLLATE "C" NOT NULL,
    grams text[] COLLATE "C" NOT NULL,
    facets jsonb NOT NULL,                    -- by facet, the values that the entry has
    created_at timestamptz NOT NULL,
    modified_at timestamptz NOT NULL
);
CREATE INDEX catalog_entry_by_grams ON catalog_entry USING gin (grams) WITH (fastupdate = off);
CREATE INDEX catalog_entry_by_facets ON catalog_entry USING gin (facets jsonb_path_ops)
    WITH (fastupdate = off);
CREATE INDEX catalog_entry_by_owner ON catalog_entry (owner, key);
CREATE INDEX catalog_entry_by_tenant ON catalog_entry (tenant, key);

-- Each version as it was written, by whom and when.
CREATE TABLE catalog_version (
    key text COLLATE "C" NOT NULL REFERENCES catalog_entry (key),
    version int NOT NULL,
    document jsonb NOT NULL,
    by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (key, version)
);

GRANT SELECT, INSERT, UPDATE ON catalog_entry TO renkei_app;
GRANT SELECT, INSERT ON catalog_version TO renkei_app;
