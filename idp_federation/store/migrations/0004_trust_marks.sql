-- Trust marks: issued by this platform, and shown by it of itself.

CREATE TABLE federation_mark (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    trust_mark_type text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    content jsonb NOT NULL,
    token text COLLATE "C" NOT NULL,
    digest bytea NOT NULL UNIQUE,  -- SHA-256 of the token, by which its status is asked for
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    issued_by text COLLATE "C" NOT NULL,
    revoked_at timestamptz,
    revoked_by text COLLATE "C",
    reason text COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX federation_mark_by_subject ON federation_mark (trust_mark_type, subject, number);

CREATE TABLE federation_held_mark (
    trust_mark_type text COLLATE "C" NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    token text COLLATE "C",
    due_at timestamptz NOT NULL,  -- when the issuer is asked for it again
    PRIMARY KEY (trust_mark_type, issuer)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON federation_mark, federation_held_mark TO renkei_app;
