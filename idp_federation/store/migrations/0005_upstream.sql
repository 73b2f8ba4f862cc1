-- Providers that people sign in at, and the links between their accounts there and here.

-- `registration`: what an operator can see, its table of levels among it. `secret` and `private_key`
-- are sealed.
CREATE TABLE upstream_provider (
    id text COLLATE "C" PRIMARY KEY,
    registration jsonb NOT NULL,
    secret bytea,
    private_key bytea NOT NULL,
    public_key jsonb NOT NULL,
    version int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL
);

-- Every version of every registration: by which table a sign-in was read can be looked up for ever.
CREATE TABLE upstream_provider_event (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider text COLLATE "C" NOT NULL,
    version int NOT NULL,
    what text COLLATE "C" NOT NULL,
    registration jsonb NOT NULL,
    by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX upstream_provider_event_by_provider ON upstream_provider_event (provider, number);

-- Ended rows stay. `made`: the levels of both sides when the link was made. `shown`: what the
-- provider said last, of which its worth is reckoned each time.
CREATE TABLE account_link (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account text COLLATE "C" NOT NULL REFERENCES identity_account (id),
    tenant text COLLATE "C" NOT NULL,
    provider text COLLATE "C" NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    made jsonb NOT NULL,
    shown jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX account_link_in_force ON account_link (tenant, issuer, subject)
    WHERE ended_at IS NULL;
CREATE UNIQUE INDEX account_link_of_account ON account_link (account, provider)
    WHERE ended_at IS NULL;
CREATE INDEX account_link_by_provider ON account_link (provider) WHERE ended_at IS NULL;

CREATE TABLE upstream_session (
    sid text COLLATE "C" PRIMARY KEY REFERENCES browser_session (sid) ON DELETE CASCADE,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    upstream_sid text COLLATE "C"
);
CREATE INDEX upstream_session_by_subject ON upstream_session (issuer, subject);

GRANT SELECT, INSERT, UPDATE, DELETE ON upstream_provider, upstream_session TO renkei_app;
GRANT SELECT, INSERT, UPDATE ON account_link TO renkei_app;
GRANT SELECT, INSERT ON upstream_provider_event TO renkei_app;
