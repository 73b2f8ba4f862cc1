-- What binds callers: each version of tenants' policies, and what people have agreed to.

-- Append-only; the last version holds.
CREATE TABLE access_policy (
    tenant int NOT NULL REFERENCES tenant (number),
    version int NOT NULL CHECK (version > 0),
    document jsonb NOT NULL,
    set_by text COLLATE "C" NOT NULL,
    set_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, version)
);

-- A consent is never changed but by its one withdrawal, and never deleted.
CREATE TABLE data_consent (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant int NOT NULL REFERENCES tenant (number),
    subject text COLLATE "C" NOT NULL,
    recipient text COLLATE "C" NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    items text[] COLLATE "C" NOT NULL,
    given_at timestamptz NOT NULL,
    expires_at timestamptz,
    withdrawn_at timestamptz,
    CHECK (withdrawn_at IS NULL OR withdrawn_at >= given_at)
);
CREATE INDEX data_consent_by_subject ON data_consent (tenant, subject, number);

GRANT SELECT, INSERT ON access_policy TO renkei_app;
GRANT SELECT, INSERT ON data_consent TO renkei_app;
GRANT UPDATE (withdrawn_at) ON data_consent TO renkei_app;
