-- Municipalities and the organisations inside them (接続組織); a tenant belongs to both.

CREATE TABLE municipality (
    code text COLLATE "C" PRIMARY KEY CHECK (code ~ '^[0-9]{6}$'),
    name_ja text COLLATE "C" NOT NULL,
    name_en text COLLATE "C" NOT NULL DEFAULT '',
    changed_by text COLLATE "C" NOT NULL,
    changed_at timestamptz NOT NULL
);

-- Rows are never deleted: a name is never given twice.
CREATE TABLE organisation (
    name text COLLATE "C" PRIMARY KEY CHECK (name ~ '^[a-z0-9_]{1,63}$'),
    municipality_code text COLLATE "C" NOT NULL REFERENCES municipality (code),
    kind text COLLATE "C" NOT NULL,
    name_ja text COLLATE "C" NOT NULL,
    name_en text COLLATE "C" NOT NULL DEFAULT '',
    contact_name text COLLATE "C" NOT NULL DEFAULT '',
    contact_email text COLLATE "C" NOT NULL DEFAULT '',
    contact_phone text COLLATE "C" NOT NULL DEFAULT '',
    changed_by text COLLATE "C" NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (name, municipality_code)
);
CREATE INDEX organisation_by_municipality ON organisation (municipality_code, name);

-- Who did what to an organisation.
CREATE TABLE organisation_event (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation text COLLATE "C" NOT NULL REFERENCES organisation (name),
    step text COLLATE "C" NOT NULL CHECK (step IN ('created', 'changed', 'suspended', 'resumed')),
    by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX organisation_event_by_organisation ON organisation_event (organisation, number);

-- A tenant of an organisation is of that organisation's municipality.
ALTER TABLE tenant ADD COLUMN organisation text COLLATE "C";
ALTER TABLE tenant ADD FOREIGN KEY (organisation, municipality_code)
    REFERENCES organisation (name, municipality_code);
ALTER TABLE tenant ADD CHECK (organisation IS NULL OR municipality_code IS NOT NULL);
CREATE INDEX tenant_by_organisation ON tenant (organisation) WHERE organisation IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON municipality, organisation TO renkei_app;
GRANT SELECT, INSERT ON organisation_event TO renkei_app;
