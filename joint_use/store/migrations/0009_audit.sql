-- The audit: one chain of records per start of a process. The application can neither change nor
-- delete a record; that nobody else did, the digests and the signed heads tell.
CREATE TABLE audit_chain (
    id uuid PRIMARY KEY,
    process text COLLATE "C" NOT NULL,
    began_at timestamptz NOT NULL,
    last bigint NOT NULL DEFAULT 0,
    head bytea NOT NULL,
    signed bigint NOT NULL DEFAULT -1  -- the last record that a signed head names
);
CREATE INDEX audit_chain_unsigned ON audit_chain (id) WHERE signed < last;

-- What is searched by is read from the text that the digest is made of, and cannot differ from it.
CREATE TABLE audit_record (
    chain uuid NOT NULL REFERENCES audit_chain (id),
    number bigint NOT NULL CHECK (number > 0),
    content text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    at text COLLATE "C" NOT NULL GENERATED ALWAYS AS (content::jsonb ->> 'at') STORED,
    kind text COLLATE "C" GENERATED ALWAYS AS (content::jsonb ->> 'kind') STORED,
    tenant text COLLATE "C" GENERATED ALWAYS AS (content::jsonb ->> 'tenant') STORED,
    PRIMARY KEY (chain, number)
);
CREATE INDEX audit_record_by_time ON audit_record (at, chain, number);
CREATE INDEX audit_record_by_tenant ON audit_record (tenant, at) WHERE tenant IS NOT NULL;

GRANT SELECT, INSERT ON audit_chain, audit_record TO renkei_app;
GRANT UPDATE (last, head, signed) ON audit_chain TO renkei_app;
