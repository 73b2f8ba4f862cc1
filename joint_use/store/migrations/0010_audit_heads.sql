-- Where the chains of the audit ended, each minute, signed with a key that is not in the database.
CREATE TABLE audit_heads (
    number bigint PRIMARY KEY CHECK (number > 0),
    statement text COLLATE "C" NOT NULL,
    signed_at timestamptz NOT NULL
);

GRANT SELECT, INSERT ON audit_heads TO renkei_app;
