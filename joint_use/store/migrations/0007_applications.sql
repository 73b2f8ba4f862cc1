-- Applications to take part: what is asked for, how far it is, who did what.

CREATE TABLE application (
    receipt text COLLATE "C" PRIMARY KEY,
    secret bytea NOT NULL,               -- the SHA-256 of what the applicant's link ends with
    sender bytea NOT NULL,               -- a keyed hash of the address it was sent from
    status text COLLATE "C" NOT NULL
        CHECK (status IN ('submitted', 'asked_back', 'approved', 'refused', 'withdrawn')),
    content jsonb NOT NULL,
    terms_version text COLLATE "C" NOT NULL,
    approval jsonb,                      -- what the operator decided
    client text COLLATE "C",             -- the client that was registered, if any
    submitted_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    ready_at timestamptz,                -- everything that was approved is there
    CHECK ((approval IS NOT NULL) = (status = 'approved')),
    CHECK (ready_at IS NULL OR status = 'approved')
);
CREATE INDEX application_by_status ON application (status, submitted_at, receipt);
CREATE INDEX application_by_time ON application (submitted_at);
CREATE UNIQUE INDEX application_by_tenant ON application ((approval ->> 'tenant'))
    WHERE approval IS NOT NULL;

-- Append-only.
CREATE TABLE application_event (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    application text COLLATE "C" NOT NULL REFERENCES application (receipt),
    step text COLLATE "C" NOT NULL,
    by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    text text COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX application_event_by_application ON application_event (application, number);

-- The terms that applicants agree to, by version; append-only, the last one holds.
CREATE TABLE terms_of_use (
    number int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version text COLLATE "C" NOT NULL UNIQUE,
    text_ja text COLLATE "C" NOT NULL,
    text_en text COLLATE "C" NOT NULL,
    by text COLLATE "C" NOT NULL,
    published_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON application TO renkei_app;
GRANT SELECT, INSERT ON application_event, terms_of_use TO renkei_app;
