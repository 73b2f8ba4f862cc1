-- The sandbox: the one tenant that anybody may write to, to try the API; it is emptied again and
-- again. Which tenant that is stands here alone, so that no other can be mistaken for it.
CREATE TABLE catalog_sandbox (
    alone boolean PRIMARY KEY DEFAULT true CHECK (alone),
    tenant text COLLATE "C" NOT NULL,
    reset_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON catalog_sandbox TO renkei_app;
