-- The platform's attribute profile, each version of it.

CREATE TABLE profile (
    version int PRIMARY KEY,
    document jsonb NOT NULL,
    set_by text COLLATE "C" NOT NULL,
    set_at timestamptz NOT NULL
);

GRANT SELECT, INSERT ON profile TO renkei_app;
